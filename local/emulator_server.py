"""The emulator's process. Run by the emulator's own Python, never imported:

    python emulator_server.py PORT ACCESS_LOG [--attached]

It serves on loopback only and writes one line of JSON to ACCESS_LOG for each request to the API
(not for the AWS calls behind it): every answer is seen there, the gateway's own among them, which
no function would log. Query strings are left out, because a presigned URL is a secret.
SIGTERM and SIGINT end it in order: its state is saved. With --attached it also ends when its
standard input closes, so it cannot outlive the process that started it. The model server that
batches are sent to is its child, and ends with it in the same way.
"""

import asyncio
import json
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.logging import Logger
from ministack.app import app
from ministack.core import iam_actions
from signed_headers import refusing_unsigned_headers

API_PATHS = ("/v1/", "/_aws/execute-api/")


class AccessLog(Logger):
    """Hypercorn's logger with an access line of our own."""

    async def access(self, request: Any, response: Any, request_time: float) -> None:
        if not request["path"].startswith(API_PATHS):
            return
        atoms = self.atoms(request, response, request_time)
        request_id = atoms["{x-request-id}o"]
        if request_id.startswith("context."):  # in a mock's answer the emulator leaves it as it is
            request_id = atoms["{x-amzn-requestid}o"]
        line = {
            "method": atoms["m"],
            "path": atoms["U"],
            "status": int(atoms["s"]) if response else None,
            "duration_ms": int(request_time * 1000),
            "request_id": request_id,
        }
        logging.getLogger("linegate.access").info(json.dumps(line))


def configuration(port: int, access_log: str) -> Config:
    access = logging.getLogger("linegate.access")
    access.addHandler(logging.FileHandler(access_log))
    access.propagate = False
    access.setLevel(logging.INFO)
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    if tls_folder := os.environ.get("LINEGATE_TLS_FOLDER"):
        config.certfile = str(Path(tls_folder) / "certificate.pem")
        config.keyfile = str(Path(tls_folder) / "key.pem")
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.logger_class = AccessLog
    return config


def raise_file_limit() -> None:
    """Parallel parts are many sockets, and macOS starts a process with 256 of them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = 4096 if most == resource.RLIM_INFINITY else min(4096, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (enough, most))


def allow_batches_by_their_single_action() -> None:
    """SQS has no actions for batches: `sqs:SendMessage` allows SendMessageBatch too.

    (Amazon SQS Developer Guide, API permissions.) The emulator asks for the operation's own name.
    """
    action_of = iam_actions._action_from_target

    def single_action(headers: dict[str, str]) -> str | None:
        action: str | None = action_of(headers)
        if action and headers.get("x-amz-target", "").startswith("AmazonSQS."):
            return action.removesuffix("Batch")
        return action

    iam_actions._action_from_target = single_action


MODEL_SERVER = Path(__file__).with_name("model_server.py")


def start_model_server(port: str) -> "subprocess.Popen[bytes]":
    """It ends when its standard input does, and that with this process at the latest."""
    return subprocess.Popen(
        [sys.executable, str(MODEL_SERVER), port],
        stdin=subprocess.PIPE,
    )


async def run(config: Config, attached: bool) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if attached:

        def watch() -> None:
            sys.stdin.read()
            loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=watch, daemon=True).start()
    await serve(refusing_unsigned_headers(app), config, shutdown_trigger=ended.wait)


if __name__ == "__main__":
    raise_file_limit()
    allow_batches_by_their_single_action()
    if model_port := os.environ.get("LINEGATE_MODEL_PORT"):
        model_server = start_model_server(model_port)
    asyncio.run(run(configuration(int(sys.argv[1]), sys.argv[2]), "--attached" in sys.argv))
