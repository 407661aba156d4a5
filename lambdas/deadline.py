"""When the invocation must have answered. The AWS clients stop in time for it (lambdas/clients.py).

A limit for each call is not enough: several calls follow each other, and each is tried again. The
deadline is one for the process, as Lambda runs one invocation in it at a time, so that it also
holds for calls from worker threads.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

REQUEST_BUDGET_S = 23.0
"""For an API request, out of the 29 s that the gateway waits: no call to AWS lasts longer. The rest
is for a cold start, for botocore's pauses (at most 0.2 s after timeouts, 7 s where AWS throttles
every attempt but the last), and for the answer."""

AUTHORIZER_BUDGET_S = 4.5
"""For the authorizer, out of the 5 s after which Lambda ends it."""

END_RESERVE_S = 5.0
"""What a function that no client waits for keeps of its time, to report what failed."""

_Answer = TypeVar("_Answer")

_ends_at = inf


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let every call to AWS inside end in so many seconds."""
    global _ends_at  # one invocation at a time
    _ends_at = monotonic() + seconds
    try:
        yield
    finally:
        _ends_at = inf


def of_invocation(handler: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """Decorate a handler whose deadline is the end that Lambda sets, less END_RESERVE_S."""

    @functools.wraps(handler)
    def with_deadline(event: Any, context: "LambdaContext") -> _Answer:
        with within(context.get_remaining_time_in_millis() / 1_000 - END_RESERVE_S):
            return handler(event, context)

    return with_deadline


def left_s() -> float:
    """Seconds until the deadline, infinite without one, negative after it."""
    return _ends_at - monotonic()
