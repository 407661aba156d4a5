"""Records and objects put in place, as if what comes before had happened, and what is left."""

import time
from dataclasses import replace
from typing import Any

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.domain.usage import held_by
from lambdas.stores import file_table, object_store, usage_table
from lambdas.stores.file_item import file_key
from lambdas.stores.removed_records import Removal
from lambdas.workflows.removal_cleanup import follow_removals
from tests.integration.service import ACCOUNT

ULID = "01JD0000000000000000000000"


def stored(content: bytes | None, status: Status = Status.UPLOADED, **fields: Any) -> FileRecord:
    """A record in `status` and, unless `content` is None, its object."""
    now = int(time.time())
    record = replace(
        FileRecord(
            key=FileKey(ACCOUNT, ULID),
            status=status,
            filename="in.jsonl",
            purpose="batch",
            bytes=len(content or b""),
            created_at=now,
            expires_at=now + 86_400,
            retention_s=7 * 86_400,
        ),
        **fields,
    )
    usage_table.reserve(record.key.account, held_by(record), settings.limits())
    file_table.begin(record)
    if content is not None:
        object_store.put(record, content)
    return record


def remove_as_ttl_does(record: FileRecord) -> FileRecord:
    """Take the record out of the table: what the stream then has as the old image."""
    old = clients.dynamodb().delete_item(
        TableName=settings.files_table(), Key=file_key(record.key), ReturnValues="ALL_OLD"
    )
    assert "Attributes" in old
    return record


def follow_removal(record: FileRecord, now: int) -> None:
    """As the reaper does."""
    assert follow_removals([Removal(record, now)], now) == {}


def objects(prefix: str = "") -> list[str]:
    """The keys of all that the bucket holds below the prefix."""
    listed = clients.s3().list_objects_v2(Bucket=settings.bucket(), Prefix=prefix)
    return [found["Key"] for found in listed.get("Contents", [])]
