"""The check of a JSONL file, line by line, in constant memory.

Self-contained: nothing here imports the rest of the service, because the client ships it too.
`check` is loaded when it is first asked for, so that reading the limits needs no parser.
"""

from typing import TYPE_CHECKING, Any

from .limits import CheckLimits
from .report import LineError, Report

if TYPE_CHECKING:
    from .checking import check

__all__ = ["CheckLimits", "LineError", "Report", "check"]


def __getattr__(name: str) -> Any:
    if name == "check":
        from .checking import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
