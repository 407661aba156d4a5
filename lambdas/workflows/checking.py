"""Check a file's lines and time it."""

from collections.abc import Callable
from typing import BinaryIO

from lambdas.domain.limits import Limits
from lambdas.domain.validation import Validation
from linegate.jsonl import check

Clock = Callable[[], int]
"""Unix time in milliseconds."""


def validate(
    body: BinaryIO, purpose: str, limits: Limits, clock: Clock, md5: str | None = None
) -> Validation:
    """Read `body` to its end and judge every line by the purpose's rules. What it raises passes."""
    started_ms = clock()
    report = check(body, purpose, limits.check, md5, with_sha256=True)
    ended_ms = clock()
    return Validation(report, checked_at=ended_ms // 1000, duration_ms=ended_ms - started_ms)
