"""An upload as the service makes and signs it, for tests that play its client."""

import time
from dataclasses import dataclass, replace
from typing import Self

from lambdas.domain.errors import FileNotFound
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.ids import new_ulid
from lambdas.domain.keys import DAY_S, FileKey
from lambdas.domain.part_plan import Part
from lambdas.stores import multipart_store, object_store
from lambdas.stores.multipart_store import HeldPart
from tests.conformance.raw_http import put

BUCKET = "linegate-conformance"
FILENAME = 'Zürich – 東京 "1" 100%.jsonl'
URL_LIFETIME_S = 300


def new_record(retention_s: int = 7 * DAY_S) -> FileRecord:
    """A file that nobody has the bytes of yet."""
    now_ms = time.time_ns() // 1_000_000
    now = now_ms // 1_000
    return FileRecord(
        key=FileKey("acme", new_ulid(now_ms)),
        status=Status.PENDING,
        filename=FILENAME,
        purpose="batch",
        bytes=1,
        created_at=now,
        expires_at=now + DAY_S,
        retention_s=retention_s,
    )


@dataclass(frozen=True)
class Upload:
    """A multipart upload that S3 has begun."""

    record: FileRecord

    @classmethod
    def begin(cls, retention_s: int = 7 * DAY_S) -> Self:
        record = new_record(retention_s)
        return cls(replace(record, multipart_id=multipart_store.begin(record)))

    @property
    def multipart_id(self) -> str:
        assert self.record.multipart_id is not None
        return self.record.multipart_id

    def url(self, number: int, part_bytes: int, lifetime_s: int = URL_LIFETIME_S) -> str:
        return multipart_store.signed_part_url(self.record, Part(number, part_bytes), lifetime_s)

    def send(self, number: int, content: bytes) -> HeldPart:
        """A part as it should be sent: what S3 then says it holds."""
        answer = put(self.url(number, len(content)), content)
        assert answer.status == 200, answer
        return HeldPart(Part(number, len(content)), answer.headers["etag"])

    def send_all(self, *contents: bytes) -> list[HeldPart]:
        """Parts numbered from 1."""
        return [self.send(number, content) for number, content in enumerate(contents, start=1)]

    def held(self) -> list[HeldPart]:
        return multipart_store.list_parts(self.record)

    def join(self, *parts: HeldPart) -> None:
        multipart_store.join(self.record, list(parts))

    def content(self) -> bytes | None:
        """The object that the parts became; None as long as there is none."""
        try:
            return object_store.get(self.record)
        except FileNotFound:
            return None

    def abort(self) -> None:
        multipart_store.abort(self.record)
