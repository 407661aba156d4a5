"""The register of purposes: what a file may be for. Service and client read the same entries."""

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from .checking import LineChecker


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a file of one purpose holds, who may write it, and how long it is kept."""

    name: str
    lines: str
    """What each line is, for people."""
    checker: str
    """The LineChecker of its lines, as `module:class`: imported by the first check, because the
    stack and `linegate --help` read this register without a JSON parser.
    """
    writers: frozenset[str]
    """By their roles (`linegate.api_keys.Role`, which equals its value)."""
    retention_s: int | None = None
    """None: the deployment's default (`retention_s`)."""

    def load_checker(self) -> "type[LineChecker]":
        return cast("type[LineChecker]", resolve_name(self.checker))


PURPOSES = {
    purpose.name: purpose
    for purpose in (
        Purpose(
            "batch",
            lines="requests",
            checker="linegate.jsonl.requests:Requests",
            writers=frozenset({"client", "worker"}),
        ),
        Purpose(
            "batch_output",
            lines="results",
            checker="linegate.jsonl.results:Results",
            writers=frozenset({"worker"}),
        ),
    )
}
