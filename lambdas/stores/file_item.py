"""Files and reports as items of the files table, in DynamoDB's own JSON. Pure."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import (
    ACCOUNT_PREFIX,
    FILE_PREFIX,
    PARTITION_KEY,
    SORT_KEY,
    TTL_ATTRIBUTE,
    UNCHECKED_SHARD,
    FileKey,
    account_partition,
    file_sort_key,
    report_sort_key,
    unchecked_shard,
)
from lambdas.domain.validation import Validation
from linegate.jsonl import LineError, Report

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = dict[str, "AttributeValueTypeDef"]

_STRINGS = ("filename", "purpose", "status_details", "multipart_id", "packed_from", "md5", "sha256")
_NUMBERS = (
    "bytes",
    "created_at",
    "expires_at",
    "retention_s",
    "line_count",
    "part_bytes",
    "proxied_parts",
    "proxied_bytes",
)


MAX_REPORT_BYTES = 380_000
"""An item has at most 400 KB, the names of its attributes and its keys included (DynamoDB)."""


def file_key(key: FileKey) -> Item:
    return {
        PARTITION_KEY: {"S": account_partition(key.account)},
        SORT_KEY: {"S": file_sort_key(key.ulid)},
    }


def report_key(key: FileKey) -> Item:
    return {
        PARTITION_KEY: {"S": account_partition(key.account)},
        SORT_KEY: {"S": report_sort_key(key.ulid)},
    }


def file_item(record: FileRecord) -> Item:
    """Absent attributes, not nulls, where a field is None. Unchecked files are in an index."""
    item = file_key(record.key)
    item["status"] = {"S": record.status.value}
    if record.status is Status.UPLOADED:
        item[UNCHECKED_SHARD] = {"S": unchecked_shard(record.key.ulid)}
    for name in _STRINGS:
        if (value := getattr(record, name)) is not None:
            item[name] = {"S": value}
    for name in _NUMBERS:
        if (value := getattr(record, name)) is not None:
            item[name] = {"N": str(value)}
    return item


def file_record(item: Item) -> FileRecord:
    fields: dict[str, Any] = {name: item[name]["S"] for name in _STRINGS if name in item}
    fields |= {name: int(item[name]["N"]) for name in _NUMBERS if name in item}
    account = item[PARTITION_KEY]["S"].removeprefix(ACCOUNT_PREFIX)
    ulid = item[SORT_KEY]["S"].removeprefix(FILE_PREFIX)
    return FileRecord(key=FileKey(account, ulid), status=Status(item["status"]["S"]), **fields)


def report_item(key: FileKey, validation: Validation, expires_at: int) -> Item:
    """The report is one JSON text: it is only ever written and read whole."""
    return report_key(key) | {
        TTL_ATTRIBUTE: {"N": str(expires_at)},
        "checked_at": {"N": str(validation.checked_at)},
        "duration_ms": {"N": str(validation.duration_ms)},
        "report": {"S": _report_text(validation.report)},
    }


def _report_text(report: Report) -> str:
    """The report as JSON of at most MAX_REPORT_BYTES: with fewer of its errors where they are long,
    for messages quote what a deployer allows and a client sent. `error_count` stays."""
    fields = asdict(report)
    text = _compact_json(fields)
    while len(text.encode()) > MAX_REPORT_BYTES:
        fields["errors"] = fields["errors"][: len(fields["errors"]) // 2]
        text = _compact_json(fields)
    return text


def _compact_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def validation_of(item: Item) -> Validation:
    report = json.loads(item["report"]["S"])
    report["errors"] = tuple(LineError(**error) for error in report["errors"])
    report["models"] = tuple(report["models"])
    return Validation(Report(**report), int(item["checked_at"]["N"]), int(item["duration_ms"]["N"]))
