"""`linegate relay`: the API on this machine, without its limit on a request's size."""

import os

from .credentials import BASE_URL, is_exposed, normalize_url
from .errors import DONE, LocalFailure, NoAccess
from .terminal import note


def serve_relay(base_url: str | None, host: str, port: int, parallel: int) -> int:
    """Blocks until interrupted. Raises NoAccess, LocalFailure."""
    named = base_url or os.environ.get(BASE_URL)
    if not named:
        raise NoAccess(f"No base URL is set. Set {BASE_URL}, or use --base-url.")
    url = normalize_url(named)
    try:
        from ..relay.serve import serve
    except ImportError as error:
        raise LocalFailure("Install what it needs: pip install 'linegate[relay]'") from error
    if is_exposed(url):
        note(f"{url} is not encrypted: API keys can be read on the way.")
    if is_exposed(f"http://{host}"):
        note(f"Everybody who reaches {host}:{port} can use the relay, with a key of their own.")
    note(f"relaying http://{host}:{port}/v1 to {url}")
    serve(url, host, port, parallel)
    return DONE
