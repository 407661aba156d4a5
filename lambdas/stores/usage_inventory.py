"""What accounts count for, held against what their records hold.

| access pattern      | operation                                                                 |
|---------------------|---------------------------------------------------------------------------|
| go through accounts | Scan, by pages, of the items that count                                   |
| compare             | GetItem, Query of the account's records, GetItem; nothing came in between |

Records and counts change in one transaction, so what was compared was so at one moment, unless
both changed and changed back meanwhile.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from lambdas import clients, settings
from lambdas.domain.file import FileRecord
from lambdas.domain.keys import (
    ACCOUNT_PREFIX,
    FILE_PREFIX,
    PARTITION_KEY,
    SORT_KEY,
    USAGE_SORT_KEY,
    account_partition,
)
from lambdas.domain.usage import Usage, held_by
from lambdas.stores import usage_table
from lambdas.stores.failures import unavailable
from lambdas.stores.file_item import file_record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, ScanInputTypeDef

PAGE = 500
"""Items that one Scan looks at, of at most 1 MB."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an account counts for, and what its records add up to."""

    account: str
    counted: Usage
    held: Usage

    @property
    def surplus(self) -> Usage:
        """What no record explains; below nothing where the account counts for too little."""
        return self.counted - self.held


class AccountPage(NamedTuple):
    """`cursor` is where the next page begins; None after the last."""

    accounts: list[str]
    cursor: str | None


def scan_page(cursor: str | None) -> AccountPage:
    """The next accounts that count for anything. There may be none of them in a page."""
    request: ScanInputTypeDef = {
        "TableName": settings.files_table(),
        "Limit": PAGE,
        "FilterExpression": f"{SORT_KEY} = :usage",
        "ProjectionExpression": PARTITION_KEY,
        "ExpressionAttributeValues": {":usage": {"S": USAGE_SORT_KEY}},
    }
    if cursor is not None:
        request["ExclusiveStartKey"] = json.loads(cursor)
    with unavailable():
        answer = clients.dynamodb().scan(**request)
    last = answer.get("LastEvaluatedKey")
    accounts = [item[PARTITION_KEY]["S"].removeprefix(ACCOUNT_PREFIX) for item in answer["Items"]]
    return AccountPage(accounts, json.dumps(last) if last else None)


def compare(account: str) -> Comparison | None:
    """What the account counts for beside its records; None where it changed meanwhile."""
    counted = usage_table.get(account)
    held = sum(map(held_by, _records(account)), Usage())
    return Comparison(account, counted, held) if usage_table.get(account) == counted else None


def _records(account: str) -> Iterator[FileRecord]:
    request: QueryInputTypeDef = {
        "TableName": settings.files_table(),
        "KeyConditionExpression": f"{PARTITION_KEY} = :account AND begins_with({SORT_KEY}, :files)",
        "ExpressionAttributeValues": {
            ":account": {"S": account_partition(account)},
            ":files": {"S": FILE_PREFIX},
        },
        "ConsistentRead": True,
    }
    while True:
        with unavailable():
            page = clients.dynamodb().query(**request)
        yield from map(file_record, page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
