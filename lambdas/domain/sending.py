"""What follows an attempt to have a request answered: a line, another attempt, or a pause. Pure.

| outcome of an attempt                          | verdict                                       |
|------------------------------------------------|-----------------------------------------------|
| 2xx with a JSON object                         | final: a line of the output file              |
| 4xx but 408, 425 and 429; a redirect; too long | final: a line of the error file, at once      |
| 429, 503, 529; no connection                   | busy: a fault of the endpoint: everything     |
|                                                | pauses and fewer are sent in parallel         |
| other 5xx, 408, 425; no answer in time; broken | again, a bounded number of times              |
| off; 2xx without a JSON object                 |                                               |
"""

from dataclasses import dataclass
from enum import Enum, auto

from lambdas.domain.batch_results import Answer, Failure

BUSY_STATUSES = frozenset({429, 503, 529})
PASSING_STATUSES = frozenset({408, 425})

TROUBLE_COST = 20
BUSY_COST = 1
MOST_COST = 100
"""A request is given up after 5 attempts that failed by themselves, or 100 that met a busy
endpoint; an attempt that took as long as it may counts for more."""

TIMEOUT_COST = 50

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
LONGEST_RETRY_AFTER_S = 900.0
"""What an endpoint may ask for; more than this is shortened."""

OUTAGE_S = 60
"""After so long without an answer a chunk is put back, instead of a worker waiting for it."""

GIVEN_UP_AFTER_S = 2 * 3_600
"""After so long without an answer the requests of a chunk become error lines."""

FIRST_RETURN_S = 30


class Verdict(Enum):
    FINAL = auto()
    BUSY = auto()
    AGAIN = auto()


@dataclass(frozen=True, slots=True)
class Attempt:
    """An answer, or why there is none."""

    answer: Answer | None = None
    failure: Failure | None = None
    unreachable: bool = False
    """Whether no connection came about, so that no other request would fare better."""
    retry_after_s: float | None = None
    """As the endpoint asked for it."""


def verdict(attempt: Attempt) -> Verdict:
    if attempt.answer is None:
        if attempt.failure is Failure.RESPONSE_TOO_LARGE:
            return Verdict.FINAL
        return Verdict.BUSY if attempt.unreachable else Verdict.AGAIN
    status = attempt.answer.status
    if status in BUSY_STATUSES:
        return Verdict.BUSY
    return Verdict.AGAIN if status >= 500 or status in PASSING_STATUSES else Verdict.FINAL


def cost(attempt: Attempt) -> int:
    """What an attempt that is not final counts for, out of MOST_COST."""
    if verdict(attempt) is Verdict.BUSY:
        return BUSY_COST
    return TIMEOUT_COST if attempt.failure is Failure.REQUEST_TIMEOUT else TROUBLE_COST


def pause_s(failures: int, retry_after_s: float | None, spread: float) -> float:
    """How long to wait after so many failures in a row; `spread` is random, 0 to 1.

    Never shorter than the endpoint asked for, so that it is not met again too early.
    """
    bound = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - 1, 10))
    own = bound * (0.5 + spread / 2)
    return max(own, min(retry_after_s or 0.0, LONGEST_RETRY_AFTER_S))


def return_s(returns: int) -> int:
    """How long a chunk is put back that was put back so often in a row, in seconds."""
    return min(FIRST_RETURN_S << min(returns, 10), int(LONGEST_RETRY_AFTER_S))


def parse_retry_after(milliseconds: str | None, seconds: str | None) -> float | None:
    """`retry-after-ms` and `Retry-After` in seconds; None without, or for a date."""
    for text, unit in ((milliseconds, 0.001), (seconds, 1.0)):
        try:
            value = float(text or "") * unit
        except ValueError:
            continue
        if 0 <= value < float("inf"):
            return value
    return None
