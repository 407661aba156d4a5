"""What each account holds: one item an account, changed by updates of that item alone.

| access pattern | operation                                                                       |
|----------------|---------------------------------------------------------------------------------|
| reserve        | UpdateItem ADD, if within the quotas                                            |
| release        | UpdateItem ADD, if no correction has taken it into account already              |
| read           | GetItem, consistent                                                             |
| correct        | UpdateItem ADD, if nothing was released or corrected since what it is based upon|
| note a look    | UpdateItem                                                                      |

DynamoDB lets updates of one item wait for each other but refuses transactions that meet on one, so
this item is in none. What a record will hold is reserved before the record is written and released
after it has gone or changed: a crash in between leaves an account counted for too much, never for
too little, until the reconciler corrects it (workflows/recounting.py).

A release must not be repeated after an answer that was lost, so botocore makes one attempt.
"""

from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import QuotaExceeded, Unavailable
from lambdas.domain.keys import PARTITION_KEY, SORT_KEY, USAGE_SORT_KEY, account_partition
from lambdas.domain.limits import Limits
from lambdas.domain.usage import COUNTS, Usage, excess, quota_exceeded, quotas
from lambdas.observability import describe_error, logger
from lambdas.stores.contention import Refusal, retry_contended
from lambdas.stores.failures import code_of, unavailable
from lambdas.stores.file_item import Item

LOOKED_AT = "looked_at"
CORRECTED_UNTIL = "corrected_until"
RELEASED_PREFIX = "released_"
"""Before a count's name: all that was ever released of it."""

_THROTTLED = ("ProvisionedThroughputExceededException", "ThrottlingException")
"""Refused without effect; the client for one attempt does not repeat them by itself."""


class QuotaMet(Exception):
    """An account has no room for what is wanted."""

    def __init__(self, error: QuotaExceeded, needed: Usage, looked_at: int) -> None:
        super().__init__(error.code)
        self.error = error
        self.needed = needed
        """What must be released first."""
        self.looked_at = looked_at
        """When expired records of the account were last looked for; 0: never."""


@dataclass(frozen=True, slots=True)
class Counted:
    """An account's item: its usage, all that it ever released, and its last correction."""

    usage: Usage
    released: Usage
    corrected_until: int


def reserve(account: str, wanted: Usage, limits: Limits) -> None:
    """Count `wanted` for a record that is about to be written. Raises QuotaMet or Unavailable.

    An attempt whose answer was lost is repeated and may count twice.
    """
    most = quotas(limits)
    taken = [name for name in COUNTS if getattr(wanted, name) > 0]
    room = {f":room_{n}": {"N": str(getattr(most, n) - getattr(wanted, n))} for n in taken}
    update = _add(account, wanted) | {
        "ConditionExpression": " AND ".join(
            f"(attribute_not_exists(#{n}) OR #{n} <= :room_{n})" for n in taken
        ),
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    update["ExpressionAttributeValues"] |= room
    try:
        retry_contended(lambda: clients.dynamodb().update_item(**update))
    except ClientError as error:
        item = _item_of(error)
        held = _usage(item)
        looked_at = _number(item, LOOKED_AT)
        raise QuotaMet(
            quota_exceeded(held, wanted, limits), excess(held, wanted, limits), looked_at
        ) from error


def release(account: str, freed: Usage, since: int) -> int | None:
    """Stop counting what records held that went or changed at `since`, Unix seconds, or later.

    Call it once for each such change, after it: its success never depends on this, and what fails
    here is logged and corrected by the reconciler. Answers with the second until which the account
    was corrected where that is not before `since`, and then does nothing: what went until then is
    not counted any more.
    """
    if not freed:
        return None
    update = _add(account, Usage() - freed)
    released = {f"#{RELEASED_PREFIX}{n}": f"{RELEASED_PREFIX}{n}" for n in _nonzero(freed)}
    added = ", ".join(f"#{RELEASED_PREFIX}{n} :{RELEASED_PREFIX}{n}" for n in _nonzero(freed))
    update["UpdateExpression"] += f", {added}"
    update["ExpressionAttributeNames"] |= released
    update["ExpressionAttributeValues"] |= {":since": {"N": str(since)}} | {
        f":{RELEASED_PREFIX}{n}": {"N": str(value)} for n, value in _nonzero(freed).items()
    }
    update |= {
        "ConditionExpression": f"attribute_not_exists({CORRECTED_UNTIL})"
        f" OR {CORRECTED_UNTIL} < :since",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    try:
        retry_contended(lambda: clients.dynamodb_once().update_item(**update), _THROTTLED)
    except Unavailable as error:
        logger.warning("usage not released", account=account, cause=describe_error(error.__cause__))
    except ClientError as error:
        return _number(_item_of(error), CORRECTED_UNTIL)
    return None


def read(account: str) -> Counted:
    with unavailable():
        answer = clients.dynamodb().get_item(
            TableName=settings.files_table(), Key=_usage_key(account), ConsistentRead=True
        )
    item = answer.get("Item", {})
    return Counted(
        _usage(item), _usage(item, prefix=RELEASED_PREFIX), _number(item, CORRECTED_UNTIL)
    )


def correct(account: str, surplus: Usage, seen: Counted, until: int) -> bool:
    """Take `surplus` off what the account counts for, or add what is below nothing.

    False, and nothing done, where something was released or corrected since `seen`. From then on
    the release of what happened by `until`, Unix seconds, is refused. Raises Unavailable.
    """
    update = _add(account, Usage() - surplus)
    unchanged = {
        CORRECTED_UNTIL: seen.corrected_until,
        **{f"{RELEASED_PREFIX}{name}": getattr(seen.released, name) for name in COUNTS},
    }
    update["UpdateExpression"] += f" SET {CORRECTED_UNTIL} = :until"
    update["ExpressionAttributeValues"] |= {":until": {"N": str(until)}} | {
        f":seen_{name}": {"N": str(value)} for name, value in unchanged.items() if value
    }
    update["ConditionExpression"] = " AND ".join(
        f"{name} = :seen_{name}" if value else f"attribute_not_exists({name})"
        for name, value in unchanged.items()
    )
    try:
        retry_contended(lambda: clients.dynamodb().update_item(**update))
    except ClientError as error:
        _item_of(error)
        # Either somebody was faster, or this is a repeat of an attempt whose answer was lost.
        return read(account).corrected_until == until
    return True


def note_look(account: str, now: int) -> None:
    """Remember that the account has no expired records. Harmless again."""
    update: dict[str, Any] = {
        "TableName": settings.files_table(),
        "Key": _usage_key(account),
        "UpdateExpression": f"SET {LOOKED_AT} = :now",
        "ExpressionAttributeValues": {":now": {"N": str(now)}},
    }
    retry_contended(lambda: clients.dynamodb().update_item(**update))


def _add(account: str, delta: Usage) -> dict[str, Any]:
    changed = _nonzero(delta)
    return {
        "TableName": settings.files_table(),
        "Key": _usage_key(account),
        "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in changed),
        "ExpressionAttributeNames": {f"#{name}": name for name in changed},
        "ExpressionAttributeValues": {f":{n}": {"N": str(v)} for n, v in changed.items()},
    }


def _nonzero(delta: Usage) -> dict[str, int]:
    return {name: value for name in COUNTS if (value := getattr(delta, name))}


def _item_of(error: ClientError) -> Item:
    """The old item that a condition refused; any other error is raised."""
    if code_of(error) != "ConditionalCheckFailedException":
        raise error
    return cast("Refusal", error.response).get("Item", {})


def _usage(item: Item, prefix: str = "") -> Usage:
    return Usage(**{name: _number(item, prefix + name) for name in COUNTS})


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"]) if name in item else 0


def _usage_key(account: str) -> Item:
    return {
        PARTITION_KEY: {"S": account_partition(account)},
        SORT_KEY: {"S": USAGE_SORT_KEY},
    }
