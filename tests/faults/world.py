"""All that AWS holds, and what would happen by itself: events, removals, expiry, collection."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from openai import OpenAI

from lambdas import clients, settings
from lambdas.domain.file import LISTED, FileRecord
from lambdas.domain.keys import FILE_PREFIX, SORT_KEY
from lambdas.handlers import finalizer, reaper, reconciler
from lambdas.stores.file_item import file_record
from lambdas.workflows.sweeping import SAFE_AGE_S
from tests.faults.gateway import Gateway
from tests.integration.recorded import created, removed
from tests.integration.service import Context
from tests.integration.stored import remove_as_ttl_does
from tests.integration.uploads.stopping import Stopped

MOST_DELIVERIES = 5
"""As the queue has it: then the message lies with the dead letters."""


@dataclass
class World:
    client: OpenAI
    gateway: Gateway
    removed: list[FileRecord] = field(default_factory=list)
    _seen: dict[str, FileRecord] = field(default_factory=dict)

    def look(self) -> None:
        """Notice records that went since the last look: the table's stream tells of each."""
        now = records()
        self.removed += [record for ulid, record in self._seen.items() if ulid not in now]
        self._seen = now

    def reap(self) -> list[str]:
        """Tell the reaper of what went, until it is done: what became of each delivery."""
        if not self.removed:
            return ["done"]
        seen = repeated(lambda: reaper.handler(removed(*self.removed), Context()))
        if seen[-1] == "done":
            self.removed.clear()
        return seen

    def files(self) -> dict[str, bytes]:
        """Every listed file with its bytes, as a client gets them."""
        listed = list(self.client.files.list(limit=100))
        return {file.id: self.client.files.content(file.id).read() for file in listed}

    def unlisted(self) -> int:
        """Records that no client sees as files."""
        return sum(record.status not in LISTED for record in records().values())

    def let_time_pass(self) -> None:
        """TTL takes every record, S3's rule the incomplete uploads, the reconciler the rest."""
        self.look()
        for record in self._seen.values():
            remove_as_ttl_does(record)
        self.look()
        assert self.reap() == ["done"]
        bucket = settings.bucket()
        uploads = clients.s3().list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        for upload in uploads:
            clients.s3().abort_multipart_upload(
                Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"]
            )
        later_ms = (int(time.time()) + SAFE_AGE_S + 60) * 1_000
        with mock.patch.object(reconciler, "now_ms", return_value=later_ms):
            reconciler.handler({"repair": True}, Context(remaining_ms=900_000))


def records() -> dict[str, FileRecord]:
    """Every file's record by its ULID, whatever its state."""
    items = clients.dynamodb().scan(TableName=settings.files_table())["Items"]
    files = [item for item in items if item[SORT_KEY]["S"].startswith(FILE_PREFIX)]
    return {record.key.ulid: record for record in map(file_record, files)}


def sort_keys() -> set[str]:
    """The kinds of items that the table holds: `FILE`, `REPORT`, …"""
    items = clients.dynamodb().scan(TableName=settings.files_table())["Items"]
    return {item[SORT_KEY]["S"].partition("#")[0] for item in items}


def repeated(deliver: Callable[[], Any]) -> list[str]:
    """Deliver until it is done, as Lambda does: `done`, `again`, `ended` (without an answer)."""
    seen: list[str] = []
    for _ in range(MOST_DELIVERIES):
        try:
            failures = deliver().get("batchItemFailures")
        except Stopped:
            seen.append("ended")
            continue
        except Exception:  # noqa: BLE001  # a function that raises is tried again, whatever it was
            seen.append("raised")
            continue
        seen.append("again" if failures else "done")
        if not failures:
            break
    return seen


def deliver_created(object_key: str) -> list[str]:
    return repeated(lambda: finalizer.handler(created(object_key), Context()))
