"""What goes on of a request's or an answer's headers, and the relay's own errors. Pure."""

import json
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from ..jsonl.error_body import error_body

Headers = list[tuple[bytes, bytes]]

HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
"""Of one connection, RFC 9110 section 7.6.1: they end here, as do those that Connection names."""


def forwardable(headers: Iterable[tuple[bytes, bytes]], *without: bytes) -> Headers:
    """The headers of the whole way, in lower case, less those named."""
    pairs = [(name.lower(), value) for name, value in headers]
    named = {
        token.strip().lower()
        for name, value in pairs
        if name == b"connection"
        for token in value.split(b",")
    }
    return [pair for pair in pairs if pair[0] not in HOP_BY_HOP | named | set(without)]


def is_loopback(host: str) -> bool:
    """Whether a Host header, or an address to listen on, is of this machine."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def error_bytes(message: str, kind: str, code: str) -> bytes:
    """An error of the relay's own, as the service writes its errors."""
    return json.dumps(error_body(message, kind, code)).encode()
