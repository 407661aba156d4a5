"""The files table as batches use it.

| access pattern | operation                                                                  |
|----------------|----------------------------------------------------------------------------|
| create         | PutItem, if absent                                                         |
| retrieve       | GetItem, consistent                                                        |
| list           | Query on the sort key, consistent, newest first                            |
| enter a state  | UpdateItem, if the state may be left for it                                |
| plan its files | UpdateItem, if_not_exists                                                  |
| save progress  | transaction: Update of the chunk, if the lease holds and it is as it was   |
|                | read; Update ADD of the batch's counts                                     |

So a chunk's results count once, and counts never disagree with the results that are kept.
"""

from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.batch import TOKEN_COUNTS, BatchRecord, BatchStatus, batch_states_before
from lambdas.domain.chunk import Chunk, Progress, Tally
from lambdas.domain.errors import BatchNotFound
from lambdas.domain.keys import (
    BATCH_PREFIX,
    PARTITION_KEY,
    SORT_KEY,
    TTL_ATTRIBUTE,
    BatchKey,
    account_partition,
)
from lambdas.domain.requests import PageQuery
from lambdas.stores.batch_item import (
    attributes,
    batch_item,
    batch_key,
    batch_record,
    chunk_key,
    progress_attributes,
)
from lambdas.stores.contention import refusals, retry_contended, transact
from lambdas.stores.failures import code_of, unavailable
from lambdas.stores.file_item import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef

Page = tuple[list[BatchRecord], bool]
"""Records, newest first, and whether there are more."""


class BatchTransitionRefused(Exception):
    """The batch is in a state that may not be left so. `current` is what it is; None: gone."""

    def __init__(self, current: BatchRecord | None) -> None:
        super().__init__("gone" if current is None else f"already {current.status}")
        self.current = current


class LeaseLost(Exception):
    """Another worker has the chunk, or its batch is gone: what was about to be saved is dropped."""


def create(record: BatchRecord) -> None:
    """Write a new record. Its ULID is fresh, so one that is there is our own, tried before."""
    with unavailable():
        try:
            clients.dynamodb().put_item(
                TableName=settings.files_table(),
                Item=batch_item(record),
                ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise


def find(key: BatchKey, now: int) -> BatchRecord | None:
    """The record; None if there is none or it is no longer kept."""
    with unavailable():
        answer = clients.dynamodb().get_item(
            TableName=settings.files_table(), Key=batch_key(key), ConsistentRead=True
        )
    record = batch_record(answer["Item"]) if "Item" in answer else None
    return record if record and record.expires_at > now else None


def get(key: BatchKey, now: int) -> BatchRecord:
    """Raises BatchNotFound."""
    record = find(key, now)
    if record is None:
        raise BatchNotFound
    return record


def list_page(account: str, query: PageQuery, now: int) -> Page:
    """A page of an account's batches, newest first, after `query.after`, be it there or not."""
    wanted = query.limit + 1
    request: QueryInputTypeDef = {
        "TableName": settings.files_table(),
        "ConsistentRead": True,
        "ScanIndexForward": False,
        "Limit": wanted,
        "KeyConditionExpression": f"{PARTITION_KEY} = :account AND begins_with({SORT_KEY}, :batch)",
        "FilterExpression": f"{TTL_ATTRIBUTE} > :now",
        "ExpressionAttributeValues": {
            ":account": {"S": account_partition(account)},
            ":batch": {"S": BATCH_PREFIX},
            ":now": {"N": str(now)},
        },
    }
    if query.after is not None:
        request["ExclusiveStartKey"] = batch_key(BatchKey(account, query.after))
    found: list[BatchRecord] = []
    while True:
        with unavailable():
            page = clients.dynamodb().query(**request)
        found += [batch_record(item) for item in page["Items"][: wanted - len(found)]]
        if len(found) == wanted or "LastEvaluatedKey" not in page:
            return found[: query.limit], len(found) > query.limit
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def enter(key: BatchKey, status: BatchStatus, **changes: Any) -> BatchRecord:
    """Move a batch to `status`, with `changes` to its fields. Raises BatchTransitionRefused; being
    in that state already counts as refused too."""
    return _enter(key, batch_states_before(status), status, changes)


def plan_files(key: BatchKey, output_ulid: str, error_ulid: str) -> BatchRecord:
    """Name the files of results, unless an earlier attempt has; the record with their names."""
    update = {
        "UpdateExpression": "SET planned_output_ulid = if_not_exists(planned_output_ulid, :output),"
        " planned_error_ulid = if_not_exists(planned_error_ulid, :error)",
        "ConditionExpression": f"attribute_exists({PARTITION_KEY})",
        "ExpressionAttributeValues": {":output": {"S": output_ulid}, ":error": {"S": error_ulid}},
    }
    return _update(key, update)


def save_progress(key: BatchKey, chunk: Chunk, progress: Progress, tally: Tally) -> None:
    """Let a segment's results count, all or none. Raises LeaseLost, or Unavailable."""
    written = progress_attributes(progress)
    seen = progress_attributes(chunk.progress)["segments"]
    assert chunk.lease is not None, "only a leased chunk is worked on"
    chunk_update = {
        "TableName": settings.files_table(),
        "Key": chunk_key(key, chunk.plan.number),
        "UpdateExpression": "SET "
        + ", ".join(f"#{name} = :{name}" for name in written)
        + ", #returns = :zero REMOVE failing_since, takers",
        "ConditionExpression": "lease = :lease AND #segments = :seen AND #done = :open",
        "ExpressionAttributeNames": {f"#{name}": name for name in (*written, "returns")},
        "ExpressionAttributeValues": {
            **{f":{name}": value for name, value in written.items()},
            ":lease": {"S": chunk.lease},
            ":seen": seen,
            ":open": {"BOOL": False},
            ":zero": {"N": "0"},
        },
    }
    try:
        transact([{"Update": chunk_update}, {"Update": _count(key, progress, tally)}])
    except ClientError as error:
        if refusals(error):
            raise LeaseLost from error
        raise


def _count(key: BatchKey, progress: Progress, tally: Tally) -> dict[str, Any]:
    added = {
        name: getattr(tally, name)
        for name in ("completed", "failed", "output_bytes", "error_bytes")
    }
    added |= {name: getattr(tally.usage, name) for name in TOKEN_COUNTS}
    added |= {"open_chunks": -1 if progress.done else 0}
    changed = {name: value for name, value in added.items() if value} or {"completed": 0}
    values: Item = {f":{name}": {"N": str(value)} for name, value in changed.items()}
    update = "ADD " + ", ".join(f"#{name} :{name}" for name in changed)
    if tally.overdue:
        update += " SET overdue = :overdue"
        values[":overdue"] = {"BOOL": True}
    return {
        "TableName": settings.files_table(),
        "Key": batch_key(key),
        "UpdateExpression": update,
        "ConditionExpression": f"attribute_exists({PARTITION_KEY})",
        "ExpressionAttributeNames": {f"#{name}": name for name in changed},
        "ExpressionAttributeValues": values,
    }


def _enter(
    key: BatchKey, before: frozenset[BatchStatus], status: BatchStatus, changes: dict[str, Any]
) -> BatchRecord:
    written = attributes({"status": status, **changes})
    states: Item = {f":from_{state.value}": {"S": state.value} for state in sorted(before)}
    update = {
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in written),
        "ConditionExpression": f"#status IN ({', '.join(states)})",
        "ExpressionAttributeNames": {f"#{name}": name for name in written},
        "ExpressionAttributeValues": {
            **{f":{name}": value for name, value in written.items()},
            **states,
        },
    }
    return _update(key, update)


def _update(key: BatchKey, update: dict[str, Any]) -> BatchRecord:
    """Do an update that answers with the new item, or with the old one where it is refused."""
    try:
        answer = retry_contended(
            lambda: clients.dynamodb().update_item(
                TableName=settings.files_table(),
                Key=batch_key(key),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **update,
            )
        )
    except ClientError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise
        item = cast("dict[str, Any]", error.response).get("Item")
        raise BatchTransitionRefused(batch_record(item) if item else None) from error
    return batch_record(answer["Attributes"])
