"""Uploads of stock clients: parts that go through the API and are packed when completed."""

import random
import threading
import time
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from lambdas.domain import part_plan
from lambdas.domain.limits import MIB
from lambdas.stores import multipart_store, part_store
from lambdas.workflows import packing, uploading
from tests.integration.service import Form, Service, recorded_calls
from tests.integration.uploads.client import (
    SMALL,
    TWO_PARTS,
    Upload,
    cancel,
    complete,
    content_of,
    create,
    deliver_event,
    in_chunks,
    look,
    multipart_uploads,
    proxied,
    proxied_objects,
    record_of,
    send_missing,
    send_proxied,
)
from tests.integration.uploads.stopping import OutOfTime


def test_a_part_answers_as_the_sdk_expects(service: Service) -> None:
    upload = create(service)
    answer = service.post_form(f"/uploads/{upload['id']}/parts", Form().file(b"x", name="data"))
    part = answer.json
    assert part == {
        "id": part["id"],
        "object": "upload.part",
        "created_at": part["created_at"],
        "upload_id": upload["id"],
    }
    assert part["id"].startswith("part-")
    assert len(proxied_objects(upload)) == 1


def test_parts_are_joined_in_the_order_they_are_named(service: Service) -> None:
    upload = create(service, TWO_PARTS)
    pieces = [
        TWO_PARTS[:100],
        TWO_PARTS[100 : 3 * MIB],
        TWO_PARTS[3 * MIB : 6 * MIB],
        TWO_PARTS[6 * MIB :],
    ]
    arrival = [2, 0, 3, 1]
    ids = {index: send_proxied(service, upload, pieces[index]) for index in arrival}
    part_ids = [ids[index] for index in range(4)]
    completed = complete(service, upload, part_ids=part_ids)
    assert completed.status == 200
    assert completed.json["status"] == "completed"
    deliver_event(upload)
    file = complete(service, upload, part_ids=part_ids).json["file"]
    assert (file["status"], file["bytes"]) == ("processed", len(TWO_PARTS))
    assert content_of(service, file["id"]) == TWO_PARTS


def test_the_parts_are_gone_once_completed(service: Service) -> None:
    upload, part_ids = proxied(service, SMALL, 700)
    assert complete(service, upload, part_ids=part_ids).status == 200
    assert proxied_objects(upload) == multipart_uploads() == []


def test_parts_that_were_sent_and_not_named_are_gone_too(service: Service) -> None:
    upload = create(service)
    send_proxied(service, upload, b"left out")
    part_ids = in_chunks(service, upload, SMALL)
    assert complete(service, upload, part_ids=part_ids).status == 200
    presigned = create(service)
    send_proxied(service, presigned, b"left out")
    send_missing(presigned, SMALL)
    assert complete(service, presigned).status == 200
    assert proxied_objects(upload) == proxied_objects(presigned) == []


def test_cancel_removes_proxied_parts_and_what_was_packed_of_them(service: Service) -> None:
    upload, part_ids = proxied(service, TWO_PARTS, 3 * MIB)
    assert complete(service, upload, OutOfTime(reads=3), part_ids=part_ids).status == 503
    assert cancel(service, upload).json["status"] == "cancelled"
    assert proxied_objects(upload) == multipart_uploads() == []


def test_a_part_counts_before_it_is_stored(service: Service) -> None:
    """So whoever ends the upload looks for parts, also for one whose request was stopped."""
    upload = create(service)
    with recorded_calls() as calls:
        send_proxied(service, upload, b"xyz")
    assert calls == ["dynamodb.GetItem", "dynamodb.UpdateItem", "s3.PutObject"]
    send_proxied(service, upload, b"xy")
    record = record_of(upload)
    assert (record.proxied_parts, record.proxied_bytes) == (2, 5)


def refused(service: Service, upload: Upload, content: bytes) -> str:
    """The message of a part that is refused and not stored."""
    before = proxied_objects(upload)
    form = Form().file(content, name="data")
    answer = service.post_form(f"/uploads/{upload['id']}/parts", form)
    assert (answer.status, answer.json["param"]) == (400, "data")
    assert proxied_objects(upload) == before
    message: str = answer.json["message"]
    return message


def test_each_byte_may_be_sent_four_times_and_no_more(service: Service) -> None:
    upload = create(service, b"x" * 1_000)
    for size in (1_000, 1_000, 1_000, 999):
        send_proxied(service, upload, b"x" * size)
    message = refused(service, upload, b"xy")
    assert all(quoted in message for quoted in ("2 bytes", "4001", "4000"))
    send_proxied(service, upload, b"x")
    refused(service, upload, b"x")
    assert record_of(upload).proxied_bytes == 4_000


def test_a_part_larger_than_the_upload_is_refused_and_does_not_count(service: Service) -> None:
    upload = create(service, b"x")
    message = refused(service, upload, b"xy")
    assert message.startswith("The part has 2 bytes, but the upload was created for 1.")
    part_ids = [send_proxied(service, upload, b"x")]
    assert complete(service, upload, part_ids=part_ids).status == 200


def test_an_upload_takes_a_bounded_number_of_parts(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "MAX_PARTS_SENT", 3)
    upload = create(service)
    for _ in range(3):
        send_proxied(service, upload, b"x")
    message = refused(service, upload, b"x")
    assert all(quoted in message for quoted in ("3 parts", str(4 * MIB)))


@pytest.mark.usefixtures("one_worker")
def test_the_same_request_goes_on_where_the_time_ran_out(service: Service) -> None:
    upload, part_ids = proxied(service, TWO_PARTS, 3 * MIB)
    answer = complete(service, upload, OutOfTime(reads=3), part_ids=part_ids)
    assert (answer.status, answer.json["code"]) == (503, "internal_error")
    assert int(answer.headers["retry-after"]) >= 1
    assert look(service, upload)["status"] == "pending"
    with recorded_calls() as calls:
        assert complete(service, upload, part_ids=part_ids).status == 200
    assert calls.count("s3.UploadPart") == 1
    assert calls.count("s3.CreateMultipartUpload") == 0
    deliver_event(upload)
    assert content_of(service, look(service, upload)["file"]["id"]) == TWO_PARTS


@pytest.mark.usefixtures("one_worker")
def test_another_order_is_packed_anew(service: Service) -> None:
    upload, part_ids = proxied(service, TWO_PARTS, 3 * MIB)
    wrong = part_ids[1:2] + part_ids[:1] + part_ids[2:]
    assert complete(service, upload, OutOfTime(reads=3), part_ids=wrong).status == 503
    assert complete(service, upload, part_ids=part_ids).status == 200
    assert content_of(service, look(service, upload)["file"]["id"]) == TWO_PARTS
    assert multipart_uploads() == []


def test_presigned_parts_that_were_sent_too_are_never_mixed_in(service: Service) -> None:
    upload = create(service, TWO_PARTS)
    send_missing(upload, bytes(len(TWO_PARTS)))
    part_ids = in_chunks(service, upload, TWO_PARTS)
    assert complete(service, upload, part_ids=part_ids).status == 200
    assert content_of(service, look(service, upload)["file"]["id"]) == TWO_PARTS


@pytest.mark.usefixtures("one_worker")
def test_while_parts_are_being_packed_there_is_nothing_to_send(service: Service) -> None:
    upload, part_ids = proxied(service, TWO_PARTS, 3 * MIB)
    assert complete(service, upload, OutOfTime(reads=1), part_ids=part_ids).status == 503
    found = look(service, upload)
    assert (found["status"], found["multipart"]) == ("pending", None)
    answer = complete(service, upload)
    assert (answer.status, answer.json["param"]) == (400, "part_ids")
    assert complete(service, upload, part_ids=part_ids).status == 200


def test_complete_again_with_part_ids_gives_the_same_answer(service: Service) -> None:
    upload, part_ids = proxied(service, SMALL, 900)
    first = complete(service, upload, part_ids=part_ids).json
    assert complete(service, upload, part_ids=part_ids).json == first
    assert complete(service, upload).json == first


def test_an_md5_goes_with_proxied_parts_too(service: Service) -> None:
    upload, part_ids = proxied(service, SMALL)
    assert complete(service, upload, part_ids=part_ids, md5="0" * 32).status == 200
    deliver_event(upload)
    assert look(service, upload)["file"]["status"] == "error"


def test_the_calls_to_aws_of_a_completion(service: Service) -> None:
    upload, part_ids = proxied(service, TWO_PARTS, 3 * MIB)
    with recorded_calls() as calls:
        assert complete(service, upload, part_ids=part_ids).status == 200
    assert calls[:7] == [
        "dynamodb.GetItem",
        "s3.ListObjectsV2",
        "s3.AbortMultipartUpload",
        "s3.HeadObject",
        "s3.CreateMultipartUpload",
        "dynamodb.UpdateItem",
        "s3.ListParts",
    ]
    assert sorted(calls[7:-5]) == ["s3.GetObject"] * 4 + ["s3.UploadPart"] * 2
    assert calls[-5:] == [
        "s3.CompleteMultipartUpload",
        "dynamodb.TransactWriteItems",
        "dynamodb.UpdateItem",
        "s3.ListObjectsV2",
        "s3.DeleteObjects",
    ]


def test_what_packing_holds_in_memory_is_one_part_a_worker(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted at the stores: bytes that were read for a part that was not sent yet."""
    size, count, lock = MIB, 24, threading.Lock()
    monkeypatch.setattr(part_plan, "PART_BYTES", size)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", size)
    content = random.Random(1).randbytes(count * size)
    upload = create(service, content)
    part_ids = in_chunks(service, upload, content, 700_000)
    held = most = 0
    read, put_part = part_store.read_piece, multipart_store.put_part

    def counted_read(key: Any, piece: Any, into: memoryview) -> None:
        nonlocal held, most
        with lock:
            held += len(into)
            most = max(most, held)
        read(key, piece, into)

    def counted_put(record: Any, number: int, part: BytesIO) -> Any:
        nonlocal held
        assert part.getbuffer().nbytes == size
        time.sleep(0.05)  # meanwhile, whatever may still be read is read
        listed = put_part(record, number, part)
        with lock:
            held -= size
        return listed

    monkeypatch.setattr(part_store, "read_piece", counted_read)
    monkeypatch.setattr(multipart_store, "put_part", counted_put)
    assert complete(service, upload, part_ids=part_ids).status == 200
    assert held == 0
    assert most <= packing.WORKERS * size < len(content)


@examples(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sizes=st.lists(st.integers(1, 3_000), min_size=1, max_size=12), shuffle=st.randoms())
def test_parts_of_any_sizes_in_any_order_become_their_bytes(
    service: Service, sizes: list[int], shuffle: random.Random
) -> None:
    pieces = [bytes([65 + number]) * size for number, size in enumerate(sizes)]
    upload = create(service, b"".join(pieces))
    order = list(range(len(pieces)))
    shuffle.shuffle(order)
    ids = {index: send_proxied(service, upload, pieces[index]) for index in order}
    part_ids = [ids[index] for index in range(len(pieces))]
    with (
        patch.object(packing, "part_bytes_for", lambda *_: 1_000),
        patch("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", 1_000),
    ):
        answer = complete(service, upload, part_ids=part_ids)
    assert answer.status == 200
    assert content_of(service, answer.json["file"]["id"]) == b"".join(pieces)
