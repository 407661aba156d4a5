"""Capacity units that calls consume, by DynamoDB's own rules, from the items in moto's tables.

moto answers with made-up units. The rules (Developer Guide, "Capacity unit consumption"): an item's
size is that of its names and values; a consistent read takes a unit for each 4 KB, a Query for the
sum of what it read; a write takes a unit for each KB of the larger of the item before and after; in
a transaction both count twice; a write that changes what an index has of an item is a write of that
index, and where the index's key changes a removal as well. A condition that fails costs its write.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from lambdas.domain.keys import (
    CREATED_AT,
    PARTITION_KEY,
    SORT_KEY,
    UNCHECKED_PROJECTED,
    UNCHECKED_SHARD,
)
from tests.integration.conftest import REGION
from tests.integration.service import watched_clients

Item = dict[str, Any]

READ_BYTES, WRITE_BYTES = 4_096, 1_024
WRITES = {"PutItem": "Item", "UpdateItem": "Key", "DeleteItem": "Key"}


@dataclass
class Consumed:
    """`calls` as `s3.PutObject`; `items` read or written; `read` and `written` capacity units."""

    calls: list[str] = field(default_factory=list)
    items: int = 0
    read: float = 0
    written: float = 0
    index_written: float = field(default=0, compare=False)
    """Of `written`, what the index of unchecked files takes."""


@contextmanager
def metered() -> Iterator[Consumed]:
    """What the functions' clients call and consume inside, retries not counted."""
    consumed = Consumed()
    asked: list[tuple[Any, list[tuple[str, Item, Item | None]]]] = []

    def starts(params: Any, model: Any, **_: Any) -> None:
        if model.service_model.service_name == "dynamodb":
            keys = [_written(name, request) for name, request in _writes(model.name, params)]
            asked.append((params, [(table, key, _item(table, key)) for table, key in keys]))

    def ends(parsed: Any, model: Any, **_: Any) -> None:
        consumed.calls.append(f"{model.service_model.service_name}.{model.name}")
        if model.service_model.service_name != "dynamodb":
            return
        params, before = asked.pop()
        times = 2 if model.name.startswith("Transact") else 1
        for table, key, old in before:
            new = _item(table, key)
            consumed.items += 1
            consumed.index_written += times * _index_units(old, new)
            consumed.written += times * (_write_units(old, new) + _index_units(old, new))
        if model.name in READS:
            groups = READS[model.name](parsed)
            share = 1.0 if _consistent(params) else 0.5
            consumed.items += sum(map(len, groups))
            consumed.read += share * sum(_read_units(group) for group in groups)
        elif not before:
            raise NotImplementedError(f"capacity units of {model.name} are not modelled here")

    for client in watched_clients():
        client.meta.events.register("provide-client-params", starts)
        client.meta.events.register("after-call", ends)
    try:
        yield consumed
    finally:
        for client in watched_clients():
            client.meta.events.unregister("provide-client-params", starts)
            client.meta.events.unregister("after-call", ends)


READS: Mapping[str, Callable[[Any], list[list[Item]]]] = {
    "GetItem": lambda answer: [[answer["Item"]] if "Item" in answer else []],
    "Query": lambda answer: [answer["Items"]],
    "Scan": lambda answer: [answer["Items"]],
    "BatchGetItem": lambda answer: [
        [item] for items in answer["Responses"].values() for item in items
    ],
}
"""The items of each answer, in groups whose sizes are added up before they are rounded."""


def _consistent(params: Any) -> bool:
    asked = params.get("RequestItems", {"": params}).values()
    return all(each.get("ConsistentRead", False) for each in asked)


def _read_units(items: list[Item]) -> int:
    return max(1, -(-sum(map(item_bytes, items)) // READ_BYTES))


def item_bytes(item: Item) -> int:
    """The size that DynamoDB bills."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Item) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return -(-len(content.strip("-").replace(".", "")) // 2) + 1
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + item_bytes(content) + len(content)
        case "L" | "SS":
            values = content if kind == "L" else [{"S": each} for each in content]
            return 3 + sum(_value_bytes(each) + 1 for each in values)
    raise NotImplementedError(f"the size of a {kind} attribute is not modelled here")


def _write_units(old: Item | None, new: Item | None) -> int:
    size = max(item_bytes(old or {}), item_bytes(new or {}))
    return max(1, -(-size // WRITE_BYTES))


def _index_units(old: Item | None, new: Item | None) -> int:
    """Of the sparse index of unchecked files, whose entries are less than a KB."""
    was, is_now = _entry(old), _entry(new)
    return 0 if was == is_now else sum(each is not None for each in (was, is_now))


def _entry(item: Item | None) -> Item | None:
    names = (PARTITION_KEY, SORT_KEY, UNCHECKED_SHARD, CREATED_AT, *UNCHECKED_PROJECTED)
    if not item or UNCHECKED_SHARD not in item:
        return None
    return {name: item[name] for name in names if name in item}


def _writes(operation: str, params: Any) -> list[tuple[str, Any]]:
    if operation in WRITES:
        return [(operation, params)]
    if operation == "TransactWriteItems":
        return [
            (f"{verb}Item", request)
            for each in params["TransactItems"]
            for verb, request in each.items()
        ]
    if operation == "BatchWriteItem":
        return [
            ("DeleteItem", {"TableName": table, "Key": request["DeleteRequest"]["Key"]})
            for table, requests in params["RequestItems"].items()
            for request in requests
        ]
    return []


def _written(operation: str, request: Any) -> tuple[str, Item]:
    named = request[WRITES[operation]]
    return request["TableName"], {n: named[n] for n in (PARTITION_KEY, SORT_KEY) if n in named}


def _item(table: str, key: Item) -> Item | None:
    found = dynamodb_backends["123456789012"][REGION].get_item(table, key)
    return found.to_json()["Attributes"] if found else None
