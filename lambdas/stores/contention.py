"""Writes that DynamoDB refuses for the moment, without any effect.

A write that meets a transaction on the same item is refused at once instead of waiting, and
botocore does not repeat it. The transactions here take milliseconds, so a few tries at random times
get through.
"""

import random
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypedDict, TypeVar

from botocore.exceptions import ClientError

from lambdas import clients
from lambdas.domain.errors import Unavailable
from lambdas.stores.failures import code_of, unavailable
from lambdas.stores.file_item import Item

TRIES = 8
FIRST_PAUSE_S = 0.04
LONGEST_PAUSE_S = 0.6
"""At most 2.4 s of pauses in all, half of that on average."""

_PASSING_REASONS = frozenset(
    {"None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)

_Answer = TypeVar("_Answer")


class Refusal(TypedDict, total=False):
    """`Item` is the old item, as `ReturnValuesOnConditionCheckFailure` puts it beside an error."""

    Item: Item


def retry_contended(write: Callable[[], _Answer], also: Collection[str] = ()) -> _Answer:
    """Do `write` until no other transaction is in its way. Raises Unavailable, or what it raises.

    What was refused for another's sake had no effect, so it may be done again. `also` are more
    error codes of refusals without effect, for a client that does not repeat them itself.
    """
    for pause_s in _pauses():
        time.sleep(pause_s)
        with unavailable():
            try:
                return write()
            except ClientError as error:
                if not _is_contention(error) and code_of(error) not in also:
                    raise
    raise Unavailable


def transact(writes: list[Any]) -> None:
    """Do all of the writes or none. Raises Unavailable, or ClientError with what was refused."""
    retry_contended(lambda: clients.dynamodb().transact_write_items(TransactItems=writes))


def refusals(error: ClientError) -> dict[int, Refusal]:
    """What a transaction's conditions refused, by the place of the write in it; empty: nothing.

    Each has the old item where the write asks for it.
    """
    if code_of(error) != "TransactionCanceledException":
        return {}
    reasons: list[Any] = error.response.get("CancellationReasons", [])
    return {
        place: reason
        for place, reason in enumerate(reasons)
        if reason.get("Code") == "ConditionalCheckFailed"
    }


def _pauses() -> Iterator[float]:
    """Random up to a bound that doubles, so that those who met once do not meet again."""
    yield 0
    for number in range(TRIES - 1):
        bound_s = min(FIRST_PAUSE_S * 2**number, LONGEST_PAUSE_S)
        yield random.uniform(0, bound_s)  # noqa: S311  # spreads tries, protects nothing


def _is_contention(error: ClientError) -> bool:
    if code_of(error) == "TransactionCanceledException":
        reasons = error.response.get("CancellationReasons", [])
        return {reason.get("Code", "None") for reason in reasons} <= _PASSING_REASONS
    return code_of(error) == "TransactionConflictException"
