"""Records that have left the table, each released once.

| access pattern | operation                                                                       |
|----------------|---------------------------------------------------------------------------------|
| release        | transaction: Put the markers of up to 100 records, if absent; then one          |
|                | UpdateItem of their account's usage                                             |
| reclaim        | Query, by pages, for expired records, oldest first; transaction: Delete each as |
|                | it was seen, Put its marker; then one UpdateItem of the account's usage         |

A removal may be delivered twice and may have been reclaimed before: whoever writes the marker
releases what the record held, and the marker outlives every repetition (a stream keeps its records
for 24 hours). Stopped between marker and update, the account counts for too much until the
reconciler corrects it.

A record past its expiry holds its place until it is removed, for which TTL may take two days. So
whoever is refused looks for such records and removes as many as are needed.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.file import FileRecord
from lambdas.domain.keys import (
    DAY_S,
    FILE_PREFIX,
    PARTITION_KEY,
    SORT_KEY,
    TTL_ATTRIBUTE,
    account_partition,
    released_sort_key,
)
from lambdas.domain.usage import Usage, held_by, overlap
from lambdas.stores import usage_table
from lambdas.stores.contention import refusals, transact
from lambdas.stores.failures import unavailable
from lambdas.stores.file_item import file_key, file_record

LOOK_EVERY_S = 60
"""How long an expired record may hold its place at most; and what bounds the cost of being full."""

MARKER_S = 2 * DAY_S

LOOK_PAGES = 50
"""Of 1 MB: the oldest 100,000 records or so, which are the first to expire. About 1 s."""

RECLAIM_S = 5.0
"""No more is looked for or removed after that: a client waits."""

TRANSACTION_ITEMS = 100
"""The most that one transaction takes (DynamoDB API reference)."""


_Item = TypeVar("_Item")


class Removal(NamedTuple):
    """A record that has gone, and when: Unix seconds, not later than it was."""

    record: FileRecord
    removed_at: int


def release(account: str, removals: Sequence[Removal], now: int) -> None:
    """Stop counting what the account's removed records held, but for those released before.

    Raises Unavailable while it may be repeated.
    """
    once = {removal.record.key: removal for removal in removals}  # a stream may repeat itself
    marked: list[Removal] = []
    try:
        for group in _groups(once.values(), TRANSACTION_ITEMS):
            marked += _mark(group, now)
    finally:
        _release_marked(account, marked)


def reclaim(account: str, needed: Usage, now: int) -> bool:
    """Remove expired records until what they held is at least `needed`; whether there were any.

    Their bytes follow as after any removal: the table's stream triggers the reaper. Raises
    Unavailable.
    """
    ends_at = monotonic() + RECLAIM_S
    found = False
    for group in _groups(_find_expired(account, now, ends_at), TRANSACTION_ITEMS // 2):
        found = True
        random.shuffle(group)  # so that rivals rarely meet on a record
        while wanted := list(_enough(group, needed)):
            group = [record for record in group if record not in wanted]
            marked = _mark([Removal(record, now) for record in wanted], now, remove=True)
            _release_marked(account, marked)
            needed -= _held(marked)
        if not needed.positive or monotonic() > ends_at:
            return True
    if not found:
        usage_table.note_look(account, now)
    return found


def _enough(records: Iterable[FileRecord], needed: Usage) -> Iterator[FileRecord]:
    """Records that hold any of `needed`, until they hold all of it."""
    for record in records:
        if overlap(held_by(record), needed):
            yield record
            needed -= held_by(record)


def _find_expired(account: str, now: int, ends_at: float) -> Iterator[FileRecord]:
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
        if "LastEvaluatedKey" not in page or monotonic() > ends_at:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _mark(removals: Sequence[Removal], now: int, *, remove: bool = False) -> list[Removal]:
    """Write the markers, and, if asked to, remove the records. Returns those that were ours:
    the others were released before, or have changed."""
    rest = list(removals)
    while rest:
        writes: list[dict[str, Any]] = [_marker(removal.record, now) for removal in rest]
        if remove:
            writes += [{"Delete": _removal(removal.record, now)} for removal in rest]
        try:
            transact(writes)
            break
        except ClientError as error:
            refused = {place % len(rest) for place in refusals(error)}
            if not refused:
                raise
            rest = [removal for place, removal in enumerate(rest) if place not in refused]
    return rest


def _release_marked(account: str, marked: Sequence[Removal]) -> None:
    """One update of what all of them held; where a correction came between, of the later ones."""
    while marked:
        since = min(removal.removed_at for removal in marked)
        corrected_until = usage_table.release(account, _held(marked), since)
        if corrected_until is None:
            return
        marked = [removal for removal in marked if removal.removed_at > corrected_until]


def _held(removals: Iterable[Removal]) -> Usage:
    return sum((held_by(removal.record) for removal in removals), Usage())


def _groups(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group


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


def _marker(record: FileRecord, now: int) -> dict[str, Any]:
    item = {
        PARTITION_KEY: {"S": account_partition(record.key.account)},
        SORT_KEY: {"S": released_sort_key(record.key.ulid)},
        TTL_ATTRIBUTE: {"N": str(now + MARKER_S)},
    }
    return {
        "Put": {
            "TableName": settings.files_table(),
            "Item": item,
            "ConditionExpression": f"attribute_not_exists({PARTITION_KEY})",
        }
    }
