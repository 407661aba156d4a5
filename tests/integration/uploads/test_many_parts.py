"""Uploads of very many, very small proxied parts: bounded requests, calls and memory."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from lambdas import deadline, settings
from lambdas.domain.ids import new_ulid, part_id
from lambdas.domain.keys import part_object_key
from lambdas.stores import part_store
from lambdas.workflows import packing
from tests.integration.service import Context, Service, recorded_calls
from tests.integration.uploads.client import (
    Upload,
    complete,
    content_of,
    create,
    key_of,
    look,
    proxied_objects,
    send_proxied,
)
from tests.integration.uploads.stopping import OutOfTime, hooked

MANY = 3_000
READ_MS = 20
"""What one GetObject takes of the function's 29 s: 3,000 take 60 s."""


class Clock(Context):
    """A function whose time passes only by its reads from S3."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()

    def read(self, **_: Any) -> None:
        with self._lock:
            self.remaining_ms -= READ_MS

    @contextmanager
    def running(self) -> Iterator["Clock"]:
        with hooked({"before-call.s3.GetObject": self.read}):
            yield self


@pytest.fixture(autouse=True)
def no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the time that a test lets pass counts, not the machine's."""
    monkeypatch.setattr(deadline, "left_s", lambda: 1e6)


def stored_parts(service: Service, content: bytes) -> tuple[Upload, list[str]]:
    """An upload whose content is there as proxied parts of one byte each."""
    upload = create(service, content)
    part_ids = [send_proxied(service, upload, content[:1])]
    moto = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]  # thousands of requests would take half a minute
    for byte in content[1:]:
        ulid = new_ulid(0)
        object_key = part_object_key(key_of(upload), ulid)
        moto.put_object(settings.bucket(), object_key, bytes([byte]))
        part_ids.append(part_id(ulid))
    return upload, part_ids


def test_thousands_of_one_byte_parts_join_in_the_requests_that_a_stock_client_makes(
    service: Service,
) -> None:
    content = random.Random(3).randbytes(MANY)
    upload, part_ids = stored_parts(service, content)
    answers: list[int] = []
    with recorded_calls() as calls:
        for _ in range(3):  # openai-python repeats a 503 twice
            with Clock().running() as clock:
                answers.append(complete(service, upload, clock, part_ids=part_ids).status)
            assert clock.remaining_ms >= packing.RESERVE_MS - packing.READERS * READ_MS
            if answers[-1] == 200:
                break
    assert answers == [503, 503, 200]
    assert calls.count("s3.GetObject") <= MANY + 2 + 2 * packing.READERS
    assert calls.count("s3.UploadPart") == 1
    assert content_of(service, look(service, upload)["file"]["id"]) == content
    assert proxied_objects(upload) == []


def test_another_order_does_not_resume_from_what_the_first_saved(service: Service) -> None:
    content = bytes(range(200)) * 4
    upload, part_ids = stored_parts(service, content)
    assert complete(service, upload, OutOfTime(300), part_ids=part_ids[::-1]).status == 503
    assert complete(service, upload, OutOfTime(300), part_ids=part_ids).status == 503
    assert complete(service, upload, OutOfTime(300), part_ids=part_ids[::-1]).status == 503
    assert complete(service, upload, part_ids=part_ids).status == 200
    assert content_of(service, look(service, upload)["file"]["id"]) == content
    assert proxied_objects(upload) == []


def test_a_request_that_reads_one_piece_gets_further(service: Service) -> None:
    """Reading a beginning back takes the time of one read as well."""
    content = b"abcd"
    upload, part_ids = stored_parts(service, content)
    answers: list[int] = []
    while not answers or answers[-1] == 503:
        answers.append(complete(service, upload, OutOfTime(2), part_ids=part_ids).status)
        assert len(answers) < 10
    assert answers == [503, 503, 200]


def test_only_one_page_of_parts_is_held_while_they_are_deleted(service: Service) -> None:
    upload, _ = stored_parts(service, bytes(2_001))
    with recorded_calls() as calls:
        part_store.delete_all(key_of(upload))
    assert calls == ["s3.ListObjectsV2", "s3.DeleteObjects"] * 3
    assert proxied_objects(upload) == []
