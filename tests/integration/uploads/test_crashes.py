"""The process stops after each call to AWS in turn, then the client repeats its request.

Every time: the request ends as if nothing had happened, no file is listed without its bytes, and
nothing stays in S3 that no record and no lifecycle rule will remove.
"""

from collections.abc import Callable

import pytest

from lambdas.domain.file import Status
from lambdas.workflows.finalizing import Outcome
from lambdas.workflows.removal_cleanup import remove_traces
from tests.integration.service import Answer, Form, Service, recorded_calls
from tests.integration.stored import objects
from tests.integration.uploads.client import (
    CHUNK,
    SMALL,
    TWO_SMALL_PARTS,
    Upload,
    cancel,
    complete,
    content_of,
    create,
    deliver_event,
    look,
    multipart_uploads,
    presigned,
    proxied,
    proxied_objects,
    record_of,
    send_missing,
)
from tests.integration.uploads.stopping import Stopped, stopped_after

MD5 = "0" * 32
Request = Callable[[], Answer]


pytestmark = pytest.mark.usefixtures("small_parts", "one_worker")


def stop_then_repeat(service: Service, request: Request, calls: int) -> Answer:
    with stopped_after(calls), pytest.raises(Stopped):
        request()
    assert_listed_files_have_bytes(service)
    answer = request()
    assert_listed_files_have_bytes(service)
    return answer


def assert_listed_files_have_bytes(service: Service) -> None:
    for file in service.get("/files").json["data"]:
        assert len(content_of(service, file["id"])) == file["bytes"]


def number_of_calls(request: Request) -> int:
    with recorded_calls() as calls:
        assert request().status == 200
    return len(calls)


def assert_is_whole_file(service: Service, upload: Upload, answer: Answer) -> None:
    assert answer.status == 200, answer.body
    file = answer.json["file"]
    assert answer.json["status"] == "completed"
    assert content_of(service, file["id"]) == TWO_SMALL_PARTS
    deliver_event(upload)
    assert look(service, upload)["file"]["status"] == "processed"
    assert proxied_objects(upload) == []


CREATE, PART, PRESIGNED, PRESIGNED_MD5, PROXIED, CANCEL = 3, 3, 5, 6, 17, 7


def test_the_numbers_of_calls_after_which_to_stop_are_right(service: Service) -> None:
    new = {"filename": "in.jsonl", "purpose": "batch", "bytes": 5}
    assert number_of_calls(lambda: service.post_json("/uploads", new)) == CREATE
    upload = presigned(service, TWO_SMALL_PARTS)
    form = Form().file(b"x", name="data")
    url = f"/uploads/{create(service)['id']}/parts"
    assert number_of_calls(lambda: service.post_form(url, form)) == PART
    assert number_of_calls(lambda: complete(service, upload)) == PRESIGNED
    upload = presigned(service, TWO_SMALL_PARTS)
    assert number_of_calls(lambda: complete(service, upload, md5=MD5)) == PRESIGNED_MD5
    upload, part_ids = proxied(service)
    assert number_of_calls(lambda: complete(service, upload, part_ids=part_ids)) == PROXIED
    upload, _ = proxied(service)
    assert number_of_calls(lambda: cancel(service, upload)) == CANCEL


@pytest.mark.parametrize("calls", range(1, CREATE + 1))
def test_create(service: Service, calls: int) -> None:
    new = {"filename": "in.jsonl", "purpose": "batch", "bytes": len(SMALL)}
    answer = stop_then_repeat(service, lambda: service.post_json("/uploads", new), calls)
    send_missing(answer.json, SMALL)
    file = complete(service, answer.json).json["file"]
    assert content_of(service, file["id"]) == SMALL
    assert len(service.get("/files").json["data"]) == 1


@pytest.mark.parametrize("calls", range(1, PART + 1))
def test_part(service: Service, calls: int) -> None:
    upload = create(service)
    form = Form().file(SMALL, name="data")
    url = f"/uploads/{upload['id']}/parts"
    part = stop_then_repeat(service, lambda: service.post_form(url, form), calls).json
    assert complete(service, upload, part_ids=[part["id"]]).status == 200
    assert content_of(service, look(service, upload)["file"]["id"]) == SMALL
    assert proxied_objects(upload) == []


@pytest.mark.parametrize("calls", range(1, PRESIGNED + 1))
def test_complete_of_presigned_parts(service: Service, calls: int) -> None:
    upload = presigned(service, TWO_SMALL_PARTS)
    answer = stop_then_repeat(service, lambda: complete(service, upload), calls)
    assert_is_whole_file(service, upload, answer)


@pytest.mark.parametrize("calls", range(1, PRESIGNED_MD5 + 1))
def test_complete_with_an_md5_never_loses_it(service: Service, calls: int) -> None:
    upload = presigned(service, TWO_SMALL_PARTS)
    stop_then_repeat(service, lambda: complete(service, upload, md5=MD5), calls)
    deliver_event(upload)
    assert look(service, upload)["file"]["status"] == "error"


@pytest.mark.parametrize("calls", range(1, PROXIED + 1))
def test_complete_of_proxied_parts(service: Service, calls: int) -> None:
    upload, part_ids = proxied(service)
    answer = stop_then_repeat(service, lambda: complete(service, upload, part_ids=part_ids), calls)
    assert_is_whole_file(service, upload, answer)


@pytest.mark.parametrize("calls", range(1, PROXIED + 1))
def test_complete_of_proxied_parts_in_another_order_afterwards(
    service: Service, calls: int
) -> None:
    """What the stopped request packed of the wrong order never gets into the file, unless it had
    become the file already."""
    upload, part_ids = proxied(service)
    wrong = part_ids[1::-1] + part_ids[2:]
    with stopped_after(calls), pytest.raises(Stopped):
        complete(service, upload, part_ids=wrong)
    answer = complete(service, upload, part_ids=part_ids)
    assert answer.status == 200, answer.body
    content = content_of(service, answer.json["file"]["id"])
    swapped = (
        TWO_SMALL_PARTS[CHUNK : 2 * CHUNK] + TWO_SMALL_PARTS[:CHUNK] + TWO_SMALL_PARTS[2 * CHUNK :]
    )
    assert content in (TWO_SMALL_PARTS, swapped)
    assert (content == swapped) == (calls >= PROXIED - 4)


@pytest.mark.parametrize("event_first", [False, True])
@pytest.mark.parametrize("calls", [3, 4])
def test_complete_after_the_finalizer_was_faster(
    service: Service, calls: int, event_first: bool
) -> None:
    """S3 joined the parts, the record may not know; the event comes or is still under way."""
    upload = presigned(service, TWO_SMALL_PARTS)
    with stopped_after(calls), pytest.raises(Stopped):
        complete(service, upload)
    if event_first:
        assert deliver_event(upload).outcome is Outcome.CHECKED
    found = look(service, upload)
    if found["status"] == "pending":
        assert found["multipart"]["uploaded"] == [1, 2]
        assert found["multipart"]["parts"] == []
    answer = complete(service, upload)
    assert answer.json["file"]["status"] == ("processed" if event_first else "uploaded")
    assert content_of(service, answer.json["file"]["id"]) == TWO_SMALL_PARTS


@pytest.mark.parametrize("calls", range(1, CANCEL + 1))
def test_cancel(service: Service, calls: int) -> None:
    upload, _ = proxied(service)
    send_missing(upload, TWO_SMALL_PARTS)
    answer = stop_then_repeat(service, lambda: cancel(service, upload), calls)
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert multipart_uploads() == objects() == []


@pytest.mark.parametrize("calls", range(1, PROXIED + 1))
def test_what_a_stopped_request_left_goes_with_the_record(service: Service, calls: int) -> None:
    """The reaper, once the record has expired or was deleted, at whatever point it was left."""
    upload, part_ids = proxied(service)
    with stopped_after(calls), pytest.raises(Stopped):
        complete(service, upload, part_ids=part_ids)
    record = record_of(upload)
    remove_traces([record])
    assert objects() == []
    left = set(multipart_uploads()) - {record.multipart_id}
    begun_and_not_yet_named = calls == 5
    assert len(left) == int(begun_and_not_yet_named)
    assert record.multipart_id not in multipart_uploads()
    assert record.status in (Status.PENDING, Status.UPLOADED)
