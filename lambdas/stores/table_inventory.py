"""The files table as a whole: what is in it, page after page, and many items at once.

| access pattern          | operation                                                        |
|-------------------------|------------------------------------------------------------------|
| go through files        | Scan, by pages, of files' records and reports                    |
| go through unchecked    | Query, by pages, of the index of unchecked files, oldest first   |
| which records are there | BatchGetItem, consistent, 100 at a time                          |
| delete reports          | BatchWriteItem, 25 at a time                                     |

Other items of the table are passed over. A page is small: only what is asked for is read out.
The index follows the table within a second or so: it may have a file that was just checked.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.file import Status
from lambdas.domain.keys import (
    ACCOUNT_PREFIX,
    CREATED_AT,
    FILE_PREFIX,
    PARTITION_KEY,
    REPORT_PREFIX,
    SORT_KEY,
    TTL_ATTRIBUTE,
    UNCHECKED_INDEX,
    UNCHECKED_SHARD,
    UNCHECKED_SHARDS,
    FileKey,
    object_key,
)
from lambdas.stores.failures import unavailable
from lambdas.stores.file_item import Item, file_key, report_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import (
        KeysAndAttributesTypeDef,
        QueryInputTypeDef,
        ScanInputTypeDef,
        WriteRequestTypeDef,
    )

PAGE = 500
"""Items that one Scan or Query looks at, of at most 1 MB."""

BATCH = 100
"""The most that one BatchGetItem takes (DynamoDB API reference)."""

BATCH_TRIES = 5
"""DynamoDB leaves keys of a batch unanswered when it is busy, and botocore does not ask again."""

WRITE_BATCH = 25
"""The most that one BatchWriteItem takes (DynamoDB API reference)."""

_NAMES = {
    "#pk": PARTITION_KEY,
    "#sk": SORT_KEY,
    "#status": "status",
    "#bytes": "bytes",
    "#created_at": CREATED_AT,
    "#expires_at": TTL_ATTRIBUTE,
    "#retention_s": "retention_s",
}


@dataclass(frozen=True)
class ListedFile:
    """What a page has of a file's record."""

    key: FileKey
    status: Status
    bytes: int
    created_at: int
    expires_at: int
    object_key: str


class TablePage(NamedTuple):
    """`reports` are the files that the page has a report of. `cursor` is where the next page
    begins; None after the last."""

    files: list[ListedFile]
    reports: list[FileKey]
    cursor: str | None


def scan_page(cursor: str | None) -> TablePage:
    """The next records and reports."""
    request: ScanInputTypeDef = {
        "TableName": settings.files_table(),
        "Limit": PAGE,
        "FilterExpression": "begins_with(#sk, :file) OR begins_with(#sk, :report)",
        "ProjectionExpression": ", ".join(_NAMES),
        "ExpressionAttributeNames": _NAMES,
        "ExpressionAttributeValues": {":file": {"S": FILE_PREFIX}, ":report": {"S": REPORT_PREFIX}},
    }
    if cursor is not None:
        request["ExclusiveStartKey"] = json.loads(cursor)
    with unavailable():
        answer = clients.dynamodb().scan(**request)
    last = answer.get("LastEvaluatedKey")
    files = [_file(item) for item in answer["Items"] if not _is_report(item)]
    reports = [_key_of(item) for item in answer["Items"] if _is_report(item)]
    return TablePage(files, reports, json.dumps(last) if last else None)


def unchecked_page(cursor: str | None, created_by: int, now: int) -> TablePage:
    """The next unchecked files that were created by that second and have not expired.

    A page goes on through the index's partitions until it is full; there may be no file in it.
    """
    files: list[ListedFile] = []
    read = 0
    number, start = json.loads(cursor) if cursor else (0, None)
    while number < len(UNCHECKED_SHARDS) and read < PAGE:
        request: QueryInputTypeDef = {
            "TableName": settings.files_table(),
            "IndexName": UNCHECKED_INDEX,
            "Limit": PAGE - read,
            "KeyConditionExpression": f"{UNCHECKED_SHARD} = :shard AND {CREATED_AT} <= :created_by",
            "FilterExpression": f"{TTL_ATTRIBUTE} > :now",
            "ExpressionAttributeValues": {
                ":shard": {"S": UNCHECKED_SHARDS[number]},
                ":created_by": {"N": str(created_by)},
                ":now": {"N": str(now)},
            },
        }
        if start is not None:
            request["ExclusiveStartKey"] = start
        with unavailable():
            answer = clients.dynamodb().query(**request)
        files += [_file(item, Status.UPLOADED) for item in answer["Items"]]
        read += answer["ScannedCount"]
        start = answer.get("LastEvaluatedKey")
        number += start is None
    following = json.dumps((number, start)) if number < len(UNCHECKED_SHARDS) else None
    return TablePage(files, [], following)


def existing(keys: set[FileKey]) -> dict[FileKey, int]:
    """Those of the files that have a record, with its `expires_at`."""
    ordered, found = sorted(keys), {}
    for start in range(0, len(ordered), BATCH):
        for item in _get_batch(ordered[start : start + BATCH]):
            found[_key_of(item)] = int(item[TTL_ATTRIBUTE]["N"])
    return found


def delete_reports(keys: set[FileKey]) -> None:
    """Harmless where there is none. Raises Unavailable, with some of them deleted."""
    writes: list[WriteRequestTypeDef] = [
        {"DeleteRequest": {"Key": report_key(key)}} for key in sorted(keys)
    ]
    for start in range(0, len(writes), WRITE_BATCH):
        _write_batch(writes[start : start + WRITE_BATCH])


def _get_batch(keys: list[FileKey]) -> list[Item]:
    table = settings.files_table()
    asked: KeysAndAttributesTypeDef = {
        "Keys": [file_key(key) for key in keys],
        "ConsistentRead": True,
        "ProjectionExpression": "#pk, #sk, #expires_at",
        "ExpressionAttributeNames": {n: _NAMES[n] for n in ("#pk", "#sk", "#expires_at")},
    }
    items: list[Item] = []
    for attempt in range(BATCH_TRIES):
        with unavailable():
            answer = clients.dynamodb().batch_get_item(RequestItems={table: asked})
        items += answer["Responses"].get(table, [])
        if table not in answer.get("UnprocessedKeys", {}):
            return items
        asked = cast("KeysAndAttributesTypeDef", answer["UnprocessedKeys"][table])
        time.sleep(0.1 * 2**attempt)
    raise Unavailable


def _write_batch(writes: list["WriteRequestTypeDef"]) -> None:
    table = settings.files_table()
    asked: Mapping[str, Any] = {table: writes}
    for attempt in range(BATCH_TRIES):
        with unavailable():
            answer = clients.dynamodb().batch_write_item(RequestItems=asked)
        if not (asked := answer.get("UnprocessedItems", {})):
            return
        time.sleep(0.1 * 2**attempt)
    raise Unavailable


def _is_report(item: Any) -> bool:
    return str(item[SORT_KEY]["S"]).startswith(REPORT_PREFIX)


def _file(item: Any, status: Status | None = None) -> ListedFile:
    """The index has no status: all of its files are in the same."""
    key = _key_of(item)
    return ListedFile(
        key=key,
        status=status or Status(item["status"]["S"]),
        bytes=int(item["bytes"]["N"]),
        created_at=int(item[CREATED_AT]["N"]),
        expires_at=int(item[TTL_ATTRIBUTE]["N"]),
        object_key=object_key(key, int(item["retention_s"]["N"])),
    )


def _key_of(item: Any) -> FileKey:
    prefix = REPORT_PREFIX if _is_report(item) else FILE_PREFIX
    account = item[PARTITION_KEY]["S"].removeprefix(ACCOUNT_PREFIX)
    return FileKey(account, item[SORT_KEY]["S"].removeprefix(prefix))
