"""Check a file's lines and time it."""

from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from lambdas.domain.limits import Limits
from lambdas.domain.validation import Validation
from linegate.jsonl import check
from linegate.jsonl.limits import CheckLimits

Clock = Callable[[], int]
"""Unix time in milliseconds."""


RESULTS = "batch_output"


def rules(purpose: str, limits: Limits) -> CheckLimits:
    """What the lines of a file of this purpose are held to: answers are longer than requests."""
    if purpose != RESULTS:
        return limits.check
    return replace(limits.check, line_bytes=limits.longest_result_bytes)


def validate(
    body: BinaryIO, purpose: str, limits: Limits, clock: Clock, md5: str | None = None
) -> Validation:
    """Read `body` to its end and judge every line by the purpose's rules. What it raises passes."""
    started_ms = clock()
    report = check(body, purpose, rules(purpose, limits), md5, with_sha256=True)
    ended_ms = clock()
    return Validation(report, checked_at=ended_ms // 1000, duration_ms=ended_ms - started_ms)
