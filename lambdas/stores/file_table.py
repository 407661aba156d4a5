"""The files table: one function for each access pattern.

| access pattern        | operation                                                       |
|-----------------------|-----------------------------------------------------------------|
| begin                 | PutItem, if absent                                              |
| create checked        | transaction: Put, if absent; Put of the report                  |
| retrieve              | GetItem, consistent                                             |
| enter a state         | transaction: Update, if still as it was read and the state may  |
|                       | be left for it; then UpdateItem of the account's usage, where   |
|                       | less is held                                                    |
| enter a checked state | the same, with Put of the report                                |
| read the report       | GetItem, consistent                                             |
| delete                | DeleteItem, if it is a file that has not expired                |

Every condition comes from the table of states, so nothing brings a deleted file back.
What an account holds is reserved before a record is written and released after it has changed
(usage_table). A transaction of one item is for botocore's repetitions: it knows its own.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import FileNotFound, Unavailable
from lambdas.domain.file import FileRecord, Status, states_before
from lambdas.domain.keys import PARTITION_KEY, FileKey
from lambdas.domain.usage import held_by
from lambdas.domain.validation import Validation
from lambdas.stores import usage_table
from lambdas.stores.contention import Refusal, refusals, retry_contended, transact
from lambdas.stores.failures import code_of, unavailable
from lambdas.stores.file_expressions import STATUS_NAME, listed_condition, transition
from lambdas.stores.file_item import (
    Item,
    file_item,
    file_key,
    file_record,
    report_item,
    report_key,
    validation_of,
)

_TRIES = 4
"""A record that changes while it is moved is read from the refusal and moved again."""


class TransitionRefused(Exception):
    """The record is not in a state that may be left. `current` is what it is; None: gone."""

    def __init__(self, current: FileRecord | None) -> None:
        super().__init__("gone" if current is None else f"already {current.status}")
        self.current = current


class Md5Changed(Exception):
    """`complete` was given another MD5 while the file was checked: check it again."""


def begin(record: FileRecord) -> None:
    """Write a pending record, whose place is reserved. Raises Unavailable.

    Its ULID is fresh, so one that is there is our own, tried before.
    """
    try:
        retry_contended(lambda: clients.dynamodb().put_item(**_put_new(record)))
    except ClientError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise


def create_checked(record: FileRecord, validation: Validation) -> FileRecord:
    """Write a file, whose place is reserved and whose bytes are there, with its verdict and report:
    all or nothing. Raises Unavailable."""
    checked = _with_verdict(record, validation)
    try:
        transact([{"Put": _put_new(checked)}, _put_report(checked, validation)])
    except ClientError as error:
        if not refusals(error):
            raise
    return checked


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


def enter(record: FileRecord, state: Status, now: int, **changes: Any) -> FileRecord:
    """Move a record that has not expired to `state`, with `changes` to its fields.

    Answers with the record as it is in the table now. Raises TransitionRefused; being in `state`
    already counts as refused too.
    """

    def target_of(current: FileRecord) -> FileRecord:
        return replace(current, status=state, **changes)

    return _move(record, target_of, now, tuple(changes))


def enter_checked(record: FileRecord, validation: Validation, now: int) -> FileRecord:
    """Give a record its verdict and its report, both or neither.

    Raises TransitionRefused, or Md5Changed where the check compared another MD5 than the record's.
    """

    def checked(current: FileRecord) -> FileRecord:
        if current.md5 != record.md5 and current.status in states_before(validation.status):
            raise Md5Changed
        return _with_verdict(current, validation)

    changed = ("expires_at", "line_count", "status_details", "sha256")
    return _move(record, checked, now, changed, _put_report(record, validation))


def delete_file(key: FileKey, now: int) -> None:
    """Raises FileNotFound. The bytes follow: the table's stream triggers the reaper."""
    condition, values = listed_condition(now)
    try:
        retry_contended(
            lambda: clients.dynamodb().delete_item(
                TableName=settings.files_table(),
                Key=file_key(key),
                ConditionExpression=condition,
                ExpressionAttributeNames=STATUS_NAME,
                ExpressionAttributeValues=values,
            )
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
    try:
        answer = retry_contended(
            lambda: clients.dynamodb().update_item(**update, ReturnValues="ALL_NEW")
        )
    except ClientError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise
        raise _refusal_of(cast("Refusal", error.response)) from error
    return file_record(answer["Attributes"])


def _get(key: Item) -> Item | None:
    with unavailable():
        return (
            clients.dynamodb()
            .get_item(TableName=settings.files_table(), Key=key, ConsistentRead=True)
            .get("Item")
        )


def _put_new(record: FileRecord) -> Any:
    return {
        "TableName": settings.files_table(),
        "Item": file_item(record),
        "ConditionExpression": f"attribute_not_exists({PARTITION_KEY})",
    }


def _put_report(record: FileRecord, validation: Validation) -> dict[str, Any]:
    item = report_item(record.key, validation, record.file_expires_at)
    return {"Put": {"TableName": settings.files_table(), "Item": item}}


def _with_verdict(record: FileRecord, validation: Validation) -> FileRecord:
    return replace(
        record,
        status=validation.status,
        expires_at=record.file_expires_at,
        line_count=validation.report.requests,
        status_details=validation.status_details,
        sha256=validation.report.sha256,
    )


def _refusal_of(refusal: Refusal) -> TransitionRefused:
    item = refusal.get("Item")
    return TransitionRefused(file_record(item) if item else None)


def _move(
    record: FileRecord,
    moved: Callable[[FileRecord], FileRecord],
    now: int,
    changed: tuple[str, ...],
    *more: dict[str, Any],
) -> FileRecord:
    """Write `moved(record)` and `more`, all or nothing; then release what is no longer held.

    Exactly the record that was read is moved, because what it counted for is released: where it
    has changed since and may still be moved, it is moved as it is then. `now` is the moment before
    all that: a correction of the account at a later one knows of the move.
    """
    for _ in range(_TRIES):
        target = moved(record)
        if record.status not in states_before(target.status) or record.expires_at <= now:
            raise TransitionRefused(record)
        writes = [{"Update": transition(record, target, now, changed)}, *more]
        try:
            transact(writes)
            usage_table.release(record.key.account, held_by(record) - held_by(target), now)
            return target
        except ClientError as error:
            refused = refusals(error)
            if 0 not in refused:
                raise
            refusal = _refusal_of(refused[0])
            if refusal.current is None:
                raise refusal from error
            record = refusal.current
    raise Unavailable
