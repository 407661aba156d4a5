"""Pages of an account's records: its files, and its pending uploads.

| access pattern       | operation                                                            |
|----------------------|----------------------------------------------------------------------|
| list files           | Query on the sort key, consistent, until the page is full            |
| list pending uploads | the same                                                             |

DynamoDB's `Limit` counts records before the filter. The first Query therefore reads just enough
for a page that nothing is filtered out of, which is nearly every page. Where records of another
state or purpose are in front, the second reads ten times as many, and from then on each reads as
much as DynamoDB returns: 1 MB (Query, API reference), some 2,200 records. A page thus costs one
query where the first fills it, and about 25 with 50,000 records in front, an account's default
quota, which counts every record that a page can meet.
"""

from itertools import chain, repeat
from typing import TYPE_CHECKING

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import (
    FILE_PREFIX,
    PARTITION_KEY,
    SORT_KEY,
    TTL_ATTRIBUTE,
    FileKey,
    account_partition,
)
from lambdas.domain.requests import PageQuery
from lambdas.stores.failures import unavailable
from lambdas.stores.file_expressions import STATUS_NAME, listed_condition
from lambdas.stores.file_item import Item, file_key, file_record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

WIDER = 10
"""How many times the page's records the second query reads: a few filtered records are usual, and
1 MB read with consistency costs 256 read units."""

Page = tuple[list[FileRecord], bool]
"""Records in the order that was asked for, and whether there are more."""


def list_files(account: str, query: PageQuery, now: int) -> Page:
    """A page of files. Raises Unavailable.

    Starts after the sort key of `query.after` whether or not that file still exists.
    """
    shown, values = listed_condition(now)
    if query.purpose is not None:
        shown += " AND purpose = :purpose"
        values[":purpose"] = {"S": query.purpose}
    return _page(account, query, shown, values)


def list_pending(account: str, query: PageQuery, now: int) -> Page:
    """A page of pending uploads; `query.purpose` is not looked at. Raises Unavailable."""
    values: Item = {":pending": {"S": Status.PENDING.value}, ":now": {"N": str(now)}}
    pending = f"#status = :pending AND {TTL_ATTRIBUTE} > :now AND attribute_exists(part_bytes)"
    return _page(account, query, pending, values)


def _page(account: str, query: PageQuery, condition: str, values: Item) -> Page:
    wanted = query.limit + 1
    request: QueryInputTypeDef = {
        "TableName": settings.files_table(),
        "ConsistentRead": True,
        "ScanIndexForward": not query.descending,
        "KeyConditionExpression": f"{PARTITION_KEY} = :account AND begins_with({SORT_KEY}, :files)",
        "FilterExpression": condition,
        "ExpressionAttributeNames": dict(STATUS_NAME),
        "ExpressionAttributeValues": {
            ":account": {"S": account_partition(account)},
            ":files": {"S": FILE_PREFIX},
            **values,
        },
    }
    if query.after is not None:
        request["ExclusiveStartKey"] = file_key(FileKey(account, query.after))
    found: list[FileRecord] = []
    for limit in chain((wanted, WIDER * wanted), repeat(None)):
        request.pop("Limit", None)
        if limit is not None:
            request["Limit"] = limit
        with unavailable():
            page = clients.dynamodb().query(**request)
        found += [file_record(item) for item in page["Items"][: wanted - len(found)]]
        if len(found) == wanted or "LastEvaluatedKey" not in page:
            break
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    return found[: query.limit], len(found) > query.limit
