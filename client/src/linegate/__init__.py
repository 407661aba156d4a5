"""Linegate's client: sends batch files of any size, and checks them as the service does."""

from typing import TYPE_CHECKING, Any

from .jsonl import CheckLimits, LineError, Report, check

if TYPE_CHECKING:
    from .openai import Progress, async_http_client, http_client

__all__ = [
    "CheckLimits",
    "LineError",
    "Progress",
    "Report",
    "async_http_client",
    "check",
    "http_client",
]


def __getattr__(name: str) -> Any:
    """What needs an HTTP library is imported when it is asked for: the check needs none."""
    if name in ("Progress", "async_http_client", "http_client"):
        from . import openai

        return getattr(openai, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
