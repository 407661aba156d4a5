"""Batches and their chunks as items of the files table, in DynamoDB's own JSON. Pure.

| item  | PK                         | SK               |
|-------|----------------------------|------------------|
| batch | `ACCOUNT#<account>`        | `BATCH#<ulid>`   |
| chunk | `CHUNKS#<account>#<ulid>`  | `CHUNK#<number>` |
"""

import json
from dataclasses import asdict
from typing import Any

from lambdas.domain.batch import TOKEN_COUNTS, BatchRecord, BatchStatus, TokenUsage
from lambdas.domain.chunk import Chunk, ChunkPlan, Progress
from lambdas.domain.keys import (
    ACCOUNT_PREFIX,
    BATCH_PREFIX,
    CHUNK_PREFIX,
    PARTITION_KEY,
    SORT_KEY,
    TTL_ATTRIBUTE,
    BatchKey,
    account_partition,
    batch_sort_key,
    chunk_sort_key,
    chunks_partition,
)
from lambdas.stores.file_item import Item
from linegate.jsonl import LineError

_STRINGS = (
    "endpoint",
    "input_ulid",
    "completion_window",
    "model",
    "planned_output_ulid",
    "planned_error_ulid",
    "output_ulid",
    "error_ulid",
)
_NUMBERS = (
    "created_at",
    "window_ends_at",
    "expires_at",
    "results_retention_s",
    "total",
    "completed",
    "failed",
    "open_chunks",
    "output_bytes",
    "error_bytes",
    "in_progress_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
)


def batch_key(key: BatchKey) -> Item:
    return {
        PARTITION_KEY: {"S": account_partition(key.account)},
        SORT_KEY: {"S": batch_sort_key(key.ulid)},
    }


def attributes(fields: dict[str, Any]) -> Item:
    """Fields of a batch by their names, those that are None left out."""
    item: Item = {}
    for name, value in fields.items():
        if value is None:
            continue
        if name == "status":
            item[name] = {"S": value.value}
        elif name == "metadata":
            item[name] = {"S": json.dumps(value, ensure_ascii=False)}
        elif name == "errors":
            item[name] = {"S": json.dumps([asdict(error) for error in value], ensure_ascii=False)}
        elif isinstance(value, bool):
            item[name] = {"BOOL": value}
        elif isinstance(value, int):
            item[name] = {"N": str(value)}
        else:
            item[name] = {"S": value}
    return item


def batch_item(record: BatchRecord) -> Item:
    names = ("status", "metadata", *_STRINGS, *_NUMBERS)
    return batch_key(record.key) | attributes({name: getattr(record, name) for name in names})


def batch_record(item: Item) -> BatchRecord:
    fields: dict[str, Any] = {name: item[name]["S"] for name in _STRINGS if name in item}
    fields |= {name: int(item[name]["N"]) for name in _NUMBERS if name in item}
    if "metadata" in item:
        fields["metadata"] = json.loads(item["metadata"]["S"])
    if "errors" in item:
        fields["errors"] = tuple(LineError(**e) for e in json.loads(item["errors"]["S"]))
    return BatchRecord(
        key=BatchKey(
            item[PARTITION_KEY]["S"].removeprefix(ACCOUNT_PREFIX),
            item[SORT_KEY]["S"].removeprefix(BATCH_PREFIX),
        ),
        status=BatchStatus(item["status"]["S"]),
        usage=TokenUsage(**{n: int(item[n]["N"]) for n in TOKEN_COUNTS if n in item}),
        overdue=item.get("overdue", {}).get("BOOL", False),
        **fields,
    )


_PLAN = ("start", "bytes", "first_request", "requests")


def chunk_key(key: BatchKey, number: int) -> Item:
    return {
        PARTITION_KEY: {"S": chunks_partition(key)},
        SORT_KEY: {"S": chunk_sort_key(number)},
    }


def chunk_item(key: BatchKey, plan: ChunkPlan, expires_at: int) -> Item:
    """A chunk that nothing was sent of yet."""
    return {
        **chunk_key(key, plan.number),
        TTL_ATTRIBUTE: {"N": str(expires_at)},
        **{name: {"N": str(getattr(plan, name))} for name in _PLAN},
        **progress_attributes(Progress()),
        "leased_until": {"N": "0"},
        "returns": {"N": "0"},
    }


def progress_attributes(progress: Progress) -> Item:
    return {
        "next_request": {"N": str(progress.next_request)},
        "unfinished": {"S": json.dumps({str(n): t for n, t in progress.unfinished.items()})},
        "segments": {"S": json.dumps(progress.segments)},
        "done": {"BOOL": progress.done},
    }


def chunk_of(item: Item) -> Chunk:
    unfinished: dict[str, int] = json.loads(item["unfinished"]["S"])
    return Chunk(
        plan=ChunkPlan(
            number=int(item[SORT_KEY]["S"].removeprefix(CHUNK_PREFIX)),
            **{name: int(item[name]["N"]) for name in _PLAN},
        ),
        progress=Progress(
            next_request=int(item["next_request"]["N"]),
            unfinished={int(number): tries for number, tries in unfinished.items()},
            segments=tuple(json.loads(item["segments"]["S"])),
            done=item["done"]["BOOL"],
        ),
        lease=item["lease"]["S"] if "lease" in item else None,
        leased_until=int(item["leased_until"]["N"]),
        failing_since=int(item["failing_since"]["N"]) if "failing_since" in item else None,
        takes=len(item["takers"]["SS"]) if "takers" in item else 0,
        returns=int(item["returns"]["N"]),
    )
