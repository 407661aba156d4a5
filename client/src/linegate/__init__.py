"""Linegate's client: sends batch files of any size, and checks them as the service does."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .jsonl import CheckLimits, LineError, Report, check
    from .sdk.http_client import Progress, async_http_client, http_client

__all__ = [
    "CheckLimits",
    "LineError",
    "Progress",
    "Report",
    "async_http_client",
    "check",
    "http_client",
]

_MODULES = {
    **dict.fromkeys(("CheckLimits", "LineError", "Report", "check"), ".jsonl"),
    **dict.fromkeys(("Progress", "async_http_client", "http_client"), ".sdk.http_client"),
}


def __getattr__(name: str) -> Any:
    """Each name is imported when it is asked for: the check needs no HTTP library, keys neither."""
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
