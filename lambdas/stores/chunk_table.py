"""The chunks of a batch in the files table.

| access pattern | operation                                                      |
|----------------|----------------------------------------------------------------|
| plan           | PutItem for each, if absent                                    |
| list           | Query, consistent                                              |
| take           | UpdateItem, if it is not done and no other lease holds         |
| give back      | UpdateItem, if the lease is still the caller's                 |
| drop           | likewise                                                       |

A lease ends by itself with the invocation that took it, so that a chunk outlives its worker.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.chunk import Chunk, ChunkPlan
from lambdas.domain.keys import PARTITION_KEY, BatchKey, chunks_partition
from lambdas.stores.batch_item import chunk_item, chunk_key, chunk_of
from lambdas.stores.contention import retry_contended
from lambdas.stores.failures import code_of, unavailable

WRITES_AT_ONCE = 8


class ChunkTaken(Exception):
    """The chunk cannot be taken. `current` is what it is; None: gone."""

    def __init__(self, current: Chunk | None) -> None:
        super().__init__("gone" if current is None else "done or leased")
        self.current = current


def plan(key: BatchKey, plans: Sequence[ChunkPlan], expires_at: int) -> None:
    """Write the chunks of a batch. One that is there is our own, tried before, and stays."""

    def put(chunk_plan: ChunkPlan) -> None:
        with unavailable():
            try:
                clients.dynamodb().put_item(
                    TableName=settings.files_table(),
                    Item=chunk_item(key, chunk_plan, expires_at),
                    ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
                )
            except ClientError as error:
                if code_of(error) != "ConditionalCheckFailedException":
                    raise

    with ThreadPoolExecutor(WRITES_AT_ONCE) as pool:
        list(pool.map(put, plans))


def list_all(key: BatchKey) -> list[Chunk]:
    """Every chunk of a batch, in the order of the input."""
    request: dict[str, Any] = {
        "TableName": settings.files_table(),
        "ConsistentRead": True,
        "KeyConditionExpression": f"{PARTITION_KEY} = :chunks",
        "ExpressionAttributeValues": {":chunks": {"S": chunks_partition(key)}},
    }
    found: list[Chunk] = []
    while True:
        with unavailable():
            page = clients.dynamodb().query(**request)
        found += [chunk_of(item) for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            return found
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def take(key: BatchKey, number: int, lease: str, now: int, until: int) -> Chunk:
    """Lease a chunk until then. Raises ChunkTaken.

    Takers are a set, so that an update whose answer is lost, and which is repeated, counts once.
    """
    update = {
        "UpdateExpression": "SET lease = :lease, leased_until = :until ADD takers :taker",
        "ConditionExpression": "#done = :open AND (leased_until <= :now OR lease = :lease)",
        "ExpressionAttributeNames": {"#done": "done"},
        "ExpressionAttributeValues": {
            ":lease": {"S": lease},
            ":until": {"N": str(until)},
            ":open": {"BOOL": False},
            ":now": {"N": str(now)},
            ":taker": {"SS": [lease]},
        },
        "ReturnValues": "ALL_NEW",
    }
    try:
        answer = _update(key, number, update)
    except ClientError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise
        item = cast("dict[str, Any]", error.response).get("Item")
        raise ChunkTaken(chunk_of(item) if item else None) from error
    return chunk_of(answer["Attributes"])


def give_back(key: BatchKey, chunk: Chunk, failing_since: int | None, returns: int) -> None:
    """End the lease early, in order. Harmless where it is no longer the caller's."""
    assert chunk.lease is not None, "only a leased chunk is given back"
    values: dict[str, Any] = {
        ":lease": {"S": chunk.lease},
        ":zero": {"N": "0"},
        ":returns": {"N": str(returns)},
    }
    expression = "SET leased_until = :zero, #returns = :returns"
    if failing_since is None:
        expression += " REMOVE takers, failing_since"
    else:
        expression += ", failing_since = :since REMOVE takers"
        values[":since"] = {"N": str(failing_since)}
    update = {
        "UpdateExpression": expression,
        "ConditionExpression": "lease = :lease",
        "ExpressionAttributeNames": {"#returns": "returns"},
        "ExpressionAttributeValues": values,
    }
    _update_own(key, chunk, update)


def drop(key: BatchKey, chunk: Chunk) -> None:
    """End the lease early after a failure: the take counts. Harmless like `give_back`."""
    assert chunk.lease is not None, "only a leased chunk is dropped"
    update = {
        "UpdateExpression": "SET leased_until = :zero",
        "ConditionExpression": "lease = :lease",
        "ExpressionAttributeValues": {":lease": {"S": chunk.lease}, ":zero": {"N": "0"}},
    }
    _update_own(key, chunk, update)


def _update_own(key: BatchKey, chunk: Chunk, update: dict[str, Any]) -> None:
    try:
        _update(key, chunk.plan.number, update)
    except ClientError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise


def _update(key: BatchKey, number: int, update: dict[str, Any]) -> Any:
    return retry_contended(
        lambda: clients.dynamodb().update_item(
            TableName=settings.files_table(),
            Key=chunk_key(key, number),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **update,
        )
    )
