"""Runs the relay until it is interrupted."""

import logging

import uvicorn

from .answers import is_loopback
from .app import Relay

SHUTDOWN_S = 30


def serve(base_url: str, host: str, port: int, parallel: int) -> None:
    """Blocks. Logs neither headers nor URLs."""
    address = f"[{host}]" if ":" in host else host
    logging.getLogger("python_multipart").addHandler(logging.NullHandler())  # it names content
    app = Relay(base_url, loopback_only=is_loopback(address), parallel=parallel)
    uvicorn.run(
        app,
        host=host,
        port=port,
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
