"""Records and objects put in place directly, as if what comes before had happened."""

import time
from dataclasses import replace
from typing import Any

from lambdas import settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.stores import file_table, object_store
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
    file_table.begin(record, settings.limits())
    if content is not None:
        object_store.put(record, content)
    return record
