"""The accounts that count for anything, and what their records add up to.

| access pattern      | operation                                              |
|---------------------|--------------------------------------------------------|
| go through accounts | Scan, by pages, of the items that count                |
| add up              | Query, by pages, of the account's records, consistent  |
"""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from lambdas import clients, settings
from lambdas.domain.keys import (
    ACCOUNT_PREFIX,
    FILE_PREFIX,
    PARTITION_KEY,
    SORT_KEY,
    USAGE_SORT_KEY,
    account_partition,
)
from lambdas.domain.usage import Usage, held_by
from lambdas.stores.failures import unavailable
from lambdas.stores.file_item import file_record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, ScanInputTypeDef

PAGE = 500
"""Items that one Scan looks at, of at most 1 MB."""


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


def count_held(account: str, in_time: Callable[[], bool]) -> Usage | None:
    """What the account's records hold together; None where `in_time` said no before all were read.

    A record that comes, goes or changes meanwhile is counted as it was at some moment of that time.
    """
    request: QueryInputTypeDef = {
        "TableName": settings.files_table(),
        "KeyConditionExpression": f"{PARTITION_KEY} = :account AND begins_with({SORT_KEY}, :files)",
        "ExpressionAttributeValues": {
            ":account": {"S": account_partition(account)},
            ":files": {"S": FILE_PREFIX},
        },
        "ConsistentRead": True,
    }
    total = Usage()
    while in_time():
        with unavailable():
            page = clients.dynamodb().query(**request)
        total = sum((held_by(file_record(item)) for item in page["Items"]), total)
        if "LastEvaluatedKey" not in page:
            return total
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    return None
