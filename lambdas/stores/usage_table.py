"""What each account holds: one item an account, changed only together with what it counts.

| access pattern | operation                                                                       |
|----------------|---------------------------------------------------------------------------------|
| take           | Update ADD, if within the quotas, in the transaction that puts the record       |
| move           | Update ADD, in the transaction that moves the record to another state           |
| release        | transaction: Put a marker if there is none, Update ADD what the record held     |
| reclaim        | Query for expired records; transactions: Delete each as it was seen, Put its    |
|                | marker, Update ADD what all of them held                                        |

A record that goes is released once, though its removal may be told twice and may have been
reclaimed before: the marker outlives every repetition (a stream keeps its records for 24 hours).

A record past its expiry holds its place until it is removed, for which TTL may take two days. So
whoever is refused looks for such records and takes their places back, at most once a LOOK_EVERY_S.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.file import FileRecord
from lambdas.domain.keys import (
    DAY_S,
    FILE_PREFIX,
    PARTITION_KEY,
    SORT_KEY,
    TTL_ATTRIBUTE,
    USAGE_SORT_KEY,
    FileKey,
    account_partition,
    released_sort_key,
)
from lambdas.domain.limits import Limits
from lambdas.domain.usage import COUNTS, Usage, held_by, quotas
from lambdas.stores.contention import refusals, transact
from lambdas.stores.failures import unavailable
from lambdas.stores.file_item import Item, file_key, file_record

LOOKED_AT = "looked_at"
LOOK_EVERY_S = 60
"""How long an expired record may hold its place at most; and what bounds the cost of being full."""

MARKER_S = 2 * DAY_S

LOOK_PAGES = 50
"""Of 1 MB: the oldest 100,000 records or so, which are the first to expire. About 1 s."""

RECLAIMED_AT_ONCE = 49
"""Two items each and the account's own: a transaction takes 100 (DynamoDB)."""


def change(account: str, delta: Usage, limits: Limits | None = None) -> dict[str, Any]:
    """The Update that adds `delta`; with limits only if the account then is within its quotas.

    A refusal answers with the old item, for `usage_of`.
    """
    changed = {name: value for name in COUNTS if (value := getattr(delta, name))}
    update: dict[str, Any] = {
        "TableName": settings.files_table(),
        "Key": _usage_key(account),
        "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in changed),
        "ExpressionAttributeNames": {f"#{name}": name for name in changed},
        "ExpressionAttributeValues": {f":{n}": {"N": str(v)} for n, v in changed.items()},
    }
    if limits is None:
        return update
    most = quotas(limits)
    taken = [name for name, value in changed.items() if value > 0]
    room = {f":room_{n}": {"N": str(getattr(most, n) - changed[n])} for n in taken}
    within = [f"(attribute_not_exists(#{n}) OR #{n} <= :room_{n})" for n in taken]
    return update | {
        "ConditionExpression": " AND ".join(within),
        "ExpressionAttributeValues": {**update["ExpressionAttributeValues"], **room},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def usage_of(item: Item) -> Usage:
    return Usage(**{name: int(item[name]["N"]) for name in COUNTS if name in item})


def looked_at(item: Item) -> int:
    """When expired records of the account were last looked for; 0: never."""
    return int(item[LOOKED_AT]["N"]) if LOOKED_AT in item else 0


def get(account: str) -> Usage:
    with unavailable():
        answer = clients.dynamodb().get_item(
            TableName=settings.files_table(), Key=_usage_key(account), ConsistentRead=True
        )
    return usage_of(answer.get("Item", {}))


def release(record: FileRecord, now: int) -> bool:
    """Give back what a record held that is gone; False where that was done before."""
    held = held_by(record)
    if not held:
        return False
    given_back = {"Update": change(record.key.account, Usage() - held)}
    try:
        transact([_marker(record.key, now), given_back])
    except ClientError as error:
        if refusals(error):
            return False
        raise
    return True


def reclaim(account: str, now: int) -> bool:
    """Remove expired records that still hold their places; whether any did, here or at a rival's.

    Their bytes follow as after any removal: the table's stream tells the reaper.
    """
    expired = [record for record in _expired(account, now) if held_by(record)]
    for start in range(0, len(expired), RECLAIMED_AT_ONCE):
        _remove(account, expired[start : start + RECLAIMED_AT_ONCE], now)
    if not expired:
        _note_look(account, now)
    return bool(expired)


def _expired(account: str, now: int) -> Iterator[FileRecord]:
    request: dict[str, Any] = {
        "TableName": settings.files_table(),
        "KeyConditionExpression": f"{PARTITION_KEY} = :account AND begins_with({SORT_KEY}, :files)",
        "FilterExpression": f"{TTL_ATTRIBUTE} <= :now",
        "ExpressionAttributeValues": {
            ":account": {"S": account_partition(account)},
            ":files": {"S": FILE_PREFIX},
            ":now": {"N": str(now)},
        },
    }
    for _ in range(LOOK_PAGES):
        with unavailable():
            page = clients.dynamodb().query(**request)
        yield from (file_record(item) for item in page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _remove(account: str, records: Sequence[FileRecord], now: int) -> None:
    """All of them at once; one by one where somebody else has removed one of them meanwhile."""
    freed = sum((held_by(record) for record in records), Usage())
    update = change(account, Usage() - freed)
    update["UpdateExpression"] += f" SET {LOOKED_AT} = :looked_at"
    update["ExpressionAttributeValues"][":looked_at"] = {"N": str(now)}
    items: list[dict[str, Any]] = [{"Update": update}]
    for record in records:
        items += [{"Delete": _removal(record, now)}, _marker(record.key, now)]
    try:
        transact(items)
    except ClientError as error:
        if not refusals(error):
            raise
        if len(records) > 1:
            for record in records:
                _remove(account, [record], now)


def _note_look(account: str, now: int) -> None:
    with unavailable():
        clients.dynamodb().update_item(
            TableName=settings.files_table(),
            Key=_usage_key(account),
            UpdateExpression=f"SET {LOOKED_AT} = :now",
            ExpressionAttributeValues={":now": {"N": str(now)}},
        )


def _removal(record: FileRecord, now: int) -> dict[str, Any]:
    """Only as it was seen: in another state it would hold something else."""
    return {
        "TableName": settings.files_table(),
        "Key": file_key(record.key),
        "ConditionExpression": f"#status = :status AND {TTL_ATTRIBUTE} <= :now",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":status": {"S": record.status.value},
            ":now": {"N": str(now)},
        },
    }


def _marker(key: FileKey, now: int) -> dict[str, Any]:
    item = {
        PARTITION_KEY: {"S": account_partition(key.account)},
        SORT_KEY: {"S": released_sort_key(key.ulid)},
        TTL_ATTRIBUTE: {"N": str(now + MARKER_S)},
    }
    return {
        "Put": {
            "TableName": settings.files_table(),
            "Item": item,
            "ConditionExpression": f"attribute_not_exists({PARTITION_KEY})",
        }
    }


def _usage_key(account: str) -> Item:
    return {
        PARTITION_KEY: {"S": account_partition(account)},
        SORT_KEY: {"S": USAGE_SORT_KEY},
    }
