"""What `/uploads` refuses: each time one clear error in both shapes, and nothing is lost."""

import time
from typing import Any

import pytest

from lambdas.domain.limits import MIB
from tests.integration.service import Answer, Form, Service
from tests.integration.stored import objects
from tests.integration.uploads import client
from tests.integration.uploads.client import (
    SMALL,
    cancel,
    complete,
    create,
    in_chunks,
    look,
    presigned,
    proxied_objects,
    send_proxied,
)

NEW = {"filename": "in.jsonl", "purpose": "batch", "bytes": 10}
MISSING = "upload-01JZZZZZZZZZZZZZZZZZZZZZZZ"
UNKNOWN_PART = "part-01JZZZZZZZZZZZZZZZZZZZZZZZ"


def assert_refused(answer: Answer, status: int, code: str, param: str | None = None) -> str:
    """The answer's message, once both shapes say the same."""
    body = answer.json
    flat = {name: body[name] for name in ("message", "type", "param", "code")}
    assert body["error"] == flat
    assert (answer.status, flat["code"], flat["param"]) == (status, code, param)
    assert flat["type"] == "invalid_request_error"
    assert "status_code" not in body
    message: str = flat["message"]
    return message


@pytest.mark.parametrize("size", [0, -1, 200 * MIB + 1, "10", 1.5, True])
def test_a_size_that_is_none_is_refused_and_nothing_is_begun(service: Service, size: Any) -> None:
    answer = service.post_json("/uploads", {**NEW, "bytes": size})
    assert_refused(answer, 400, "invalid_value", "bytes")
    assert client.multipart_uploads() == []


def test_the_largest_size_is_taken_and_one_byte_more_names_the_limit(service: Service) -> None:
    assert service.post_json("/uploads", {**NEW, "bytes": 200 * MIB}).status == 200
    answer = service.post_json("/uploads", {**NEW, "bytes": 200 * MIB + 1})
    assert str(200 * MIB) in assert_refused(answer, 400, "invalid_value", "bytes")


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_of_no_or_too_many_characters_is_refused(service: Service, name: str) -> None:
    answer = service.post_json("/uploads", {**NEW, "filename": name})
    assert_refused(answer, 400, "invalid_value", "filename")


@pytest.mark.parametrize("name", ["filename", "purpose", "bytes"])
def test_a_missing_field_is_named(service: Service, name: str) -> None:
    answer = service.post_json("/uploads", {k: v for k, v in NEW.items() if k != name})
    assert_refused(answer, 400, "missing_required_parameter", name)


def test_only_a_worker_key_uploads_results(service: Service) -> None:
    fields = {**NEW, "purpose": "batch_output"}
    assert_refused(service.post_json("/uploads", fields), 400, "invalid_value", "purpose")
    assert Service(role="worker").post_json("/uploads", fields).status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_json_is_read_whatever_its_content_type(service: Service, content_type: str) -> None:
    """curl's -d names a form's content type."""
    body = b'{"filename": "a.jsonl", "purpose": "batch", "bytes": 1000}'
    answer = service.request("POST", "/uploads", body, content_type)
    assert (answer.status, answer.json["filename"]) == (200, "a.jsonl")


def test_a_part_that_is_no_form_is_unsupported(service: Service) -> None:
    upload = create(service)
    parts = f"/uploads/{upload['id']}/parts"
    assert_refused(
        service.request("POST", parts, b"{}", "application/json"), 415, "unsupported_media_type"
    )


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff"])
def test_a_body_that_is_no_json_object_is_refused(service: Service, body: bytes) -> None:
    answer = service.request("POST", "/uploads", body, "application/json")
    assert_refused(answer, 400, "invalid_value")


def test_a_part_above_the_direct_limit_is_told_the_limit(service: Service) -> None:
    upload = create(service, bytes(5 * MIB))
    url = f"/uploads/{upload['id']}/parts"
    assert service.post_form(url, Form().file(b"x" * (4 * MIB), name="data")).status == 200
    answer = service.post_form(url, Form().file(b"x" * (4 * MIB + 1), name="data"))
    message = assert_refused(answer, 413, "request_too_large", "data")
    assert f"at most {4 * MIB} bytes" in message
    assert f"part_size={4 * MIB}" in message
    assert len(proxied_objects(upload)) == 1


def test_half_a_surrogate_pair_among_part_ids_is_refused(service: Service) -> None:
    upload = create(service)
    body = rb'{"part_ids": ["part-\ud800"]}'
    answer = service.request("POST", f"/uploads/{upload['id']}/complete", body, "application/json")
    message = assert_refused(answer, 400, "invalid_value", "part_ids")
    assert "is not a part id" in message


def test_an_empty_part_and_a_form_without_one_are_refused(service: Service) -> None:
    upload = create(service)
    url = f"/uploads/{upload['id']}/parts"
    empty = service.post_form(url, Form().file(b"", name="data"))
    assert_refused(empty, 400, "invalid_value", "data")
    other = service.post_form(url, Form().file(b"x", name="file"))
    assert_refused(other, 400, "missing_required_parameter", "data")
    malformed = service.request("POST", url, b"x", Form().content_type)
    assert_refused(malformed, 400, "invalid_multipart")
    assert proxied_objects(upload) == []


def test_part_ids_that_cannot_be_are_named_and_the_upload_stays_pending(service: Service) -> None:
    upload, other = create(service), create(service)
    (mine,) = in_chunks(service, upload, SMALL)
    (foreign,) = in_chunks(service, other, SMALL)
    for part_ids, named in (
        ([UNKNOWN_PART], UNKNOWN_PART),
        ([mine, foreign], foreign),
        ([mine, mine], mine),
        ([mine, "part-x"], "part-x"),
    ):
        answer = complete(service, upload, part_ids=part_ids)
        assert named in assert_refused(answer, 400, "invalid_value", "part_ids")
    assert look(service, upload)["status"] == "pending"
    assert complete(service, upload, part_ids=[mine]).status == 200


@pytest.mark.parametrize("surplus", [-1, 1])
def test_parts_that_do_not_add_up_are_refused_and_stay(service: Service, surplus: int) -> None:
    upload = create(service, bytes=len(SMALL) + surplus)
    part_ids = in_chunks(service, upload, SMALL, 1_500)
    answer = complete(service, upload, part_ids=part_ids)
    message = assert_refused(answer, 400, "invalid_value", "part_ids")
    assert str(len(SMALL)) in message
    assert str(len(SMALL) + surplus) in message
    assert look(service, upload)["status"] == "pending"
    assert len(proxied_objects(upload)) == len(part_ids)


def test_a_completed_upload_takes_no_parts_and_no_cancel(service: Service) -> None:
    upload = presigned(service)
    assert complete(service, upload).status == 200
    part = service.post_form(f"/uploads/{upload['id']}/parts", Form().file(b"x", name="data"))
    assert "completed" in assert_refused(part, 400, "invalid_value")
    assert "completed" in assert_refused(cancel(service, upload), 400, "invalid_value")
    assert look(service, upload)["status"] == "completed"


def test_a_cancelled_upload_takes_no_parts_and_no_complete(service: Service) -> None:
    upload = create(service)
    part_id = send_proxied(service, upload, SMALL)
    cancel(service, upload)
    part = service.post_form(f"/uploads/{upload['id']}/parts", Form().file(b"x", name="data"))
    assert "cancelled" in assert_refused(part, 400, "invalid_value")
    for part_ids in (None, [part_id]):
        answer = complete(service, upload, part_ids=part_ids)
        assert "cancelled" in assert_refused(answer, 400, "invalid_value")
    assert objects() == []


def each_request(service: Service, upload_id: str) -> list[Answer]:
    url = f"/uploads/{upload_id}"
    return [
        service.get(url),
        service.post_form(f"{url}/parts", Form().file(b"x", name="data")),
        service.post_json(f"{url}/complete", {}),
        service.post_json(f"{url}/complete", {"part_ids": [UNKNOWN_PART]}),
        service.request("POST", f"{url}/cancel"),
    ]


@pytest.mark.parametrize("upload_id", [MISSING, "upload-x", "x", "file-01JZZZZZZZZZZZZZZZZZZZZZZZ"])
def test_an_upload_that_never_was_is_not_found(service: Service, upload_id: str) -> None:
    for answer in each_request(service, upload_id):
        assert_refused(answer, 404, "upload_not_found")
    assert objects() == []


def test_another_accounts_upload_answers_as_a_missing_one(service: Service) -> None:
    upload = create(service)
    stranger = Service(account="other")
    expected = [answer.body for answer in each_request(service, MISSING)]
    assert [answer.body for answer in each_request(stranger, upload["id"])] == expected
    assert proxied_objects(upload) == []
    assert look(service, upload)["status"] == "pending"


def test_a_file_that_came_whole_is_no_upload(service: Service) -> None:
    file_id: str = service.create_file(SMALL).json["id"]
    for answer in each_request(service, file_id.replace("file-", "upload-")):
        assert_refused(answer, 404, "upload_not_found")
    assert service.get(f"/files/{file_id}").status == 200


@pytest.mark.parametrize(("late_s", "status"), [(-1, 200), (0, 404)])
def test_an_upload_is_gone_from_the_second_it_expires(
    service: Service, monkeypatch: pytest.MonkeyPatch, late_s: int, status: int
) -> None:
    upload = presigned(service)
    travel_to(monkeypatch, upload["expires_at"] + late_s)
    assert service.get(f"/uploads/{upload['id']}").status == status
    answer = complete(service, upload)
    assert answer.status == status
    if status == 404:
        for refused in each_request(service, upload["id"]):
            assert_refused(refused, 404, "upload_not_found")


def test_a_completed_upload_lives_as_long_as_its_file(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = presigned(service)
    completed = complete(service, upload).json
    travel_to(monkeypatch, completed["file"]["expires_at"] - 1)
    assert look(service, upload) == completed
    assert complete(service, upload).json == completed
    travel_to(monkeypatch, completed["file"]["expires_at"])
    assert_refused(service.get(f"/uploads/{upload['id']}"), 404, "upload_not_found")


def test_an_upload_of_a_deleted_file_is_not_found(service: Service) -> None:
    upload = presigned(service)
    file = complete(service, upload).json["file"]
    service.delete(f"/files/{file['id']}")
    assert_refused(complete(service, upload), 404, "upload_not_found")


def travel_to(monkeypatch: pytest.MonkeyPatch, second: int) -> None:
    """Set the handlers' one clock."""
    assert second > time.time() - 1
    for module in ("uploads", "files"):
        monkeypatch.setattr(f"lambdas.handlers.{module}.now_ms", lambda: second * 1_000)
