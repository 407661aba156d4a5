"""What the reconciler is to find: put in place, and what became of it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.handlers import reaper, reconciler
from lambdas.stores import removed_records
from lambdas.stores.removed_records import Removal
from lambdas.workflows import sweeping
from tests.integration.recorded import removed
from tests.integration.service import ACCOUNT, Context
from tests.integration.stored import ULID, objects, remove_as_ttl_does, stored

WEEK_S = 7 * 86_400
LONG = 900_000
SAFE_AGE_S = sweeping.SAFE_AGE_S

Run = Callable[..., Any]
"""Invokes the reconciler after so many seconds: see run_after."""


def ulid(number: int) -> str:
    return f"{ULID[:-4]}{number:04d}"


def lasting(number: int = 0, content: bytes | None = b"x", **fields: Any) -> FileRecord:
    """A file that no sweep of these tests meets expired."""
    fields = {"expires_at": int(time.time()) + WEEK_S} | fields
    status = fields.pop("status", Status.PROCESSED)
    return stored(content, status, key=FileKey(ACCOUNT, ulid(number)), **fields)


def reap(record: FileRecord) -> None:
    assert reaper.handler(removed(record), Context()) == {"batchItemFailures": []}


def half_reaped(record: FileRecord) -> FileRecord:
    """The record went, and the reaper released its place but could not delete the rest."""
    remove_as_ttl_does(record)
    now = int(time.time())
    removed_records.release(record.key.account, [Removal(record, now)], now)
    return record


def orphan(number: int = 0) -> FileRecord:
    """Bytes without a record."""
    return half_reaped(lasting(number))


def keys() -> set[str]:
    return set(objects()) - {"reconciler/progress.json"}


def messages() -> list[str]:
    """The object keys that the finalizer is to look at."""
    answer = clients.sqs().receive_message(
        QueueUrl=settings.finalizer_queue_url(), MaxNumberOfMessages=10
    )
    bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
    return [body["Records"][0]["s3"]["object"]["key"] for body in bodies]


@contextmanager
def later(seconds: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The reconciler's clock, `seconds` from now."""
    now = int(time.time()) + seconds
    with monkeypatch.context() as patched:
        patched.setattr(reconciler, "now_ms", lambda: now * 1000)
        yield


def run_after(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Invokes the function when everything stored by then is old enough."""

    def invoke(after_s: int = SAFE_AGE_S + 60, remaining_ms: int = LONG, **event: Any) -> Any:
        with later(after_s, monkeypatch):
            return reconciler.handler(event, Context(remaining_ms=remaining_ms))

    return invoke
