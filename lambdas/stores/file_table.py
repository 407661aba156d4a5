"""The files table: one function for each access pattern.

| access pattern        | operation                                                       |
|-----------------------|-----------------------------------------------------------------|
| begin                 | PutItem, if absent                                              |
| retrieve              | GetItem, consistent                                             |
| list                  | Query on the sort key, consistent, until the page is full       |
| enter a state         | UpdateItem, if the state may be left for it                     |
| enter a checked state | the same, in one transaction with PutItem of the report         |
| read the report       | GetItem, consistent                                             |
| delete                | DeleteItem, if it is a file that has not expired                |

Every condition comes from the table of states, so nothing brings a deleted file back.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypedDict, cast

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import FileNotFound, Unavailable
from lambdas.domain.file import LISTED, FileRecord, Status, states_before
from lambdas.domain.keys import (
    FILE_PREFIX,
    PARTITION_KEY,
    SORT_KEY,
    TTL_ATTRIBUTE,
    FileKey,
    account_partition,
)
from lambdas.domain.requests import PageQuery
from lambdas.domain.validation import Validation
from lambdas.stores.failures import code_of, unavailable
from lambdas.stores.file_item import (
    Item,
    file_item,
    file_key,
    file_record,
    report_item,
    report_key,
    validation_of,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

_NAMES = {"#status": "status"}
_TRANSACTION_TRIES = 4
"""A transaction that meets another on the same item is refused at once, not queued (DynamoDB)."""


class TransitionRefused(Exception):
    """The record is not in a state that may be left. `current` is what it is; None: gone."""

    def __init__(self, current: FileRecord | None) -> None:
        super().__init__("gone" if current is None else f"already {current.status}")
        self.current = current


class _Refusal(TypedDict, total=False):
    """The old item, as `ReturnValuesOnConditionCheckFailure` puts it beside the error."""

    Item: Item


def begin(record: FileRecord) -> None:
    """Write a pending record. Its ULID is fresh, so one that is there is our own, tried before."""
    with unavailable():
        try:
            clients.dynamodb().put_item(
                TableName=settings.files_table(),
                Item=file_item(record),
                ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise


def get(key: FileKey, now: int) -> FileRecord | None:
    """The record, whatever its state; None if there is none or it has expired."""
    item = _get(file_key(key))
    record = file_record(item) if item else None
    return record if record and record.expires_at > now else None


def get_file(key: FileKey, now: int) -> FileRecord:
    """The record of a file. Raises FileNotFound, also for an upload that has not ended."""
    record = get(key, now)
    if record is None or not record.is_file:
        raise FileNotFound
    return record


def get_validation(key: FileKey) -> Validation | None:
    """The report of the last check; None before there was one."""
    item = _get(report_key(key))
    return validation_of(item) if item else None


def list_files(account: str, query: PageQuery, now: int) -> tuple[list[FileRecord], bool]:
    """A page of files and whether there are more.

    Starts after the sort key of `query.after` whether or not that file still exists.
    """
    request = _page_request(account, query, now)
    wanted = request["Limit"] = query.limit + 1
    found: list[FileRecord] = []
    while True:
        with unavailable():
            page = clients.dynamodb().query(**request)
        found += [file_record(item) for item in page["Items"]]
        if len(found) >= wanted or "LastEvaluatedKey" not in page:
            return found[: query.limit], len(found) > query.limit
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def enter(record: FileRecord, state: Status, now: int, **changes: Any) -> FileRecord:
    """Move a record that has not expired to `state`, with `changes` to its fields.

    Answers with the record as it is in the table now. Raises TransitionRefused; being in `state`
    already counts as refused too.
    """
    moved = replace(record, status=state, **changes)
    return conditional_update(_transition(moved, now, tuple(changes)))


def enter_checked(record: FileRecord, validation: Validation, now: int) -> FileRecord:
    """Give a record its verdict and its report, both or neither. Raises TransitionRefused."""
    checked = replace(
        record,
        status=validation.status,
        expires_at=record.file_expires_at,
        line_count=validation.report.requests,
        status_details=validation.status_details,
    )
    changed = ("expires_at", "line_count", "status_details")
    report = report_item(record.key, validation, checked.expires_at)
    for _ in range(_TRANSACTION_TRIES):
        with unavailable():
            try:
                clients.dynamodb().transact_write_items(
                    TransactItems=[
                        {"Update": _transition(checked, now, changed)},
                        {"Put": {"TableName": settings.files_table(), "Item": report}},
                    ]
                )
                return checked
            except clients.dynamodb().exceptions.TransactionCanceledException as error:
                reason = error.response["CancellationReasons"][0]
                if reason.get("Code") == "ConditionalCheckFailed":
                    raise _refused(cast("_Refusal", reason)) from error
    raise Unavailable


def delete_file(key: FileKey, now: int) -> None:
    """Raises FileNotFound. The bytes follow: the table's stream tells the reaper."""
    states = {f":{state.value}": {"S": state.value} for state in sorted(LISTED)}
    with unavailable():
        try:
            clients.dynamodb().delete_item(
                TableName=settings.files_table(),
                Key=file_key(key),
                ConditionExpression=f"#status IN ({', '.join(states)}) AND {TTL_ATTRIBUTE} > :now",
                ExpressionAttributeNames=_NAMES,
                ExpressionAttributeValues={**states, ":now": {"N": str(now)}},
            )
        except ClientError as error:
            if code_of(error) == "ConditionalCheckFailedException":
                raise FileNotFound from error
            raise


def delete_report(key: FileKey) -> None:
    """Harmless when there is none."""
    with unavailable():
        clients.dynamodb().delete_item(TableName=settings.files_table(), Key=report_key(key))


def conditional_update(update: Any) -> FileRecord:
    """Do an update that answers a refusal with the old item. Raises TransitionRefused."""
    with unavailable():
        try:
            answer = clients.dynamodb().update_item(**update, ReturnValues="ALL_NEW")
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise _refused(cast("_Refusal", error.response)) from error
    return file_record(answer["Attributes"])


def _get(key: Item) -> Item | None:
    with unavailable():
        return (
            clients.dynamodb()
            .get_item(TableName=settings.files_table(), Key=key, ConsistentRead=True)
            .get("Item")
        )


def _refused(refusal: _Refusal) -> TransitionRefused:
    item = refusal.get("Item")
    return TransitionRefused(file_record(item) if item else None)


def _transition(moved: FileRecord, now: int, changed: tuple[str, ...]) -> Any:
    """The conditional update that takes a record to `moved`, writing the `changed` fields."""
    before = {f":{s.value}": {"S": s.value} for s in sorted(states_before(moved.status))}
    item = file_item(moved)
    written = {f":new_{name}": item[name] for name in changed if name in item}
    names = {f"#{name}": name for name in ("status", *changed) if name == "status" or name in item}
    assignments = ", ".join(f"#{name} = :new_{name}" for name in changed if name in item)
    return {
        "TableName": settings.files_table(),
        "Key": file_key(moved.key),
        "UpdateExpression": f"SET #status = :state{', ' if assignments else ''}{assignments}",
        "ConditionExpression": f"#status IN ({', '.join(before)}) AND {TTL_ATTRIBUTE} > :now",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": {
            **before,
            **written,
            ":state": {"S": moved.status.value},
            ":now": {"N": str(now)},
        },
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _page_request(account: str, query: PageQuery, now: int) -> "QueryInputTypeDef":
    partition = {"S": account_partition(account)}
    states = {f":{state.value}": {"S": state.value} for state in sorted(LISTED)}
    shown = f"#status IN ({', '.join(states)}) AND {TTL_ATTRIBUTE} > :now"
    request: QueryInputTypeDef = {
        "TableName": settings.files_table(),
        "ConsistentRead": True,
        "ScanIndexForward": not query.descending,
        "KeyConditionExpression": f"{PARTITION_KEY} = :account AND begins_with({SORT_KEY}, :files)",
        "FilterExpression": shown,
        "ExpressionAttributeNames": dict(_NAMES),
        "ExpressionAttributeValues": {
            ":account": partition,
            ":files": {"S": FILE_PREFIX},
            ":now": {"N": str(now)},
            **states,
        },
    }
    if query.purpose is not None:
        request["FilterExpression"] = f"{shown} AND purpose = :purpose"
        request["ExpressionAttributeValues"] = {
            **request["ExpressionAttributeValues"],
            ":purpose": {"S": query.purpose},
        }
    if query.after is not None:
        request["ExclusiveStartKey"] = file_key(FileKey(account, query.after))
    return request
