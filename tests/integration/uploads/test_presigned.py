"""Uploads whose parts go straight into S3."""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lambdas import clients, settings
from lambdas.domain.file import FileRecord
from lambdas.domain.limits import MIB
from lambdas.domain.part_plan import PART_BYTES
from lambdas.stores import multipart_store
from lambdas.workflows.finalizing import Outcome
from tests.integration.service import Service, recorded_calls
from tests.integration.stored import objects
from tests.integration.uploads.client import (
    SMALL,
    TWO_PARTS,
    cancel,
    complete,
    content_of,
    create,
    deliver_event,
    look,
    multipart_uploads,
    presigned,
    record_of,
    send,
    send_missing,
)

DAY_S = 86_400


def test_create_answers_with_a_url_for_every_part(service: Service) -> None:
    upload = create(service, TWO_PARTS, filename="Größe 🙂.jsonl", mime_type="application/jsonl")
    multipart = upload.pop("multipart")
    assert upload == {
        "id": upload["id"],
        "object": "upload",
        "bytes": len(TWO_PARTS),
        "created_at": upload["created_at"],
        "expires_at": upload["created_at"] + DAY_S,
        "filename": "Größe 🙂.jsonl",
        "purpose": "batch",
        "status": "pending",
        "file": None,
    }
    assert abs(upload["created_at"] - time.time()) < 60
    assert multipart["part_size"] == PART_BYTES
    assert [(p["part_number"], p["bytes"]) for p in multipart["parts"]] == [
        (1, PART_BYTES),
        (2, 1_000),
    ]
    assert multipart["uploaded"] == []


def test_a_url_is_signed_for_one_part_of_one_length_on_the_regional_host(service: Service) -> None:
    upload = create(service, TWO_PARTS)
    url = urlsplit(upload["multipart"]["parts"][1]["url"])
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.scheme == "https"
    assert url.hostname == f"{settings.bucket()}.s3.eu-central-1.amazonaws.com"
    assert (query["partNumber"], [query["uploadId"]]) == ("2", multipart_uploads())
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["X-Amz-SignedHeaders"] == "content-length;host"
    assert query["X-Amz-Expires"] == "3600"
    assert not [name for name in query if "checksum" in name.lower()]


def test_s3_is_not_told_a_checksum_that_parts_would_have_to_carry(service: Service) -> None:
    sent: list[dict[str, str]] = []
    clients.s3().meta.events.register(
        "before-call.s3.CreateMultipartUpload",
        lambda params, **_: sent.append(params["headers"]),
    )
    create(service)
    assert len(sent) == 1
    assert not [name for name in sent[0] if "checksum" in name.lower()]


def test_an_upload_ends_no_later_than_its_file(service: Service) -> None:
    policy = {"anchor": "created_at", "seconds": 3_600}
    upload = create(service, expires_after=policy)
    assert upload["expires_at"] == upload["created_at"] + 3_600
    send_missing(upload, SMALL)
    file = complete(service, upload).json["file"]
    assert file["expires_at"] == upload["created_at"] + 3_600


def test_a_pending_upload_is_not_a_file(service: Service) -> None:
    upload = create(service)
    file_id = upload["id"].replace("upload-", "file-")
    assert service.get("/files").json["data"] == []
    for path in ("", "/content", "/validation"):
        assert service.get(f"/files/{file_id}{path}").status == 404
    assert service.delete(f"/files/{file_id}").status == 404


def test_retrieve_signs_only_what_is_missing(service: Service) -> None:
    upload = create(service, TWO_PARTS)
    send_missing(upload, TWO_PARTS, most=1)
    found = look(service, upload)
    assert found["multipart"]["uploaded"] == [1]
    assert [part["part_number"] for part in found["multipart"]["parts"]] == [2]
    send_missing(found, TWO_PARTS)
    multipart = look(service, upload)["multipart"]
    assert (multipart["uploaded"], multipart["parts"]) == ([1, 2], [])


def test_a_part_of_another_size_does_not_count_as_held(service: Service) -> None:
    upload = create(service)
    send(upload["multipart"]["parts"][0], SMALL[:-1])
    multipart = look(service, upload)["multipart"]
    assert multipart["uploaded"] == []
    assert [part["part_number"] for part in multipart["parts"]] == [1]
    answer = complete(service, upload)
    assert (answer.status, answer.json["code"]) == (400, "invalid_value")


def two_parts_a_page(params: dict[str, Any], **_: Any) -> None:
    params["MaxParts"] = 2


def test_parts_are_listed_page_after_page(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lambdas.domain.part_plan.PART_BYTES", 1)
    upload = create(service, b"x" * (5 * MIB), bytes=5 * MIB)
    assert len(upload["multipart"]["parts"]) == 5
    clients.s3().meta.events.register("provide-client-params.s3.ListParts", two_parts_a_page)
    for part in upload["multipart"]["parts"]:
        send(part, b"x" * part["bytes"])
    with recorded_calls() as calls:
        found = look(service, upload)
    assert found["multipart"]["uploaded"] == [1, 2, 3, 4, 5]
    assert calls.count("s3.ListParts") == 3


def test_complete_makes_a_file_that_is_then_checked(service: Service) -> None:
    upload = presigned(service, TWO_PARTS)
    answer = complete(service, upload)
    assert answer.status == 200
    completed = answer.json
    assert (completed["status"], completed["multipart"]) == ("completed", None)
    assert completed["expires_at"] == upload["expires_at"]
    file = completed["file"]
    assert file == {
        "id": upload["id"].replace("upload-", "file-"),
        "object": "file",
        "bytes": len(TWO_PARTS),
        "created_at": upload["created_at"],
        "expires_at": upload["created_at"] + 7 * DAY_S,
        "filename": "in.jsonl",
        "purpose": "batch",
        "status": "uploaded",
        "status_details": None,
        "line_count": None,
        "sha256": None,
    }
    assert service.get(f"/files/{file['id']}").json == file
    assert deliver_event(upload).outcome is Outcome.CHECKED
    checked = service.get(f"/files/{file['id']}").json
    assert (checked["status"], checked["expires_at"]) == ("processed", file["expires_at"])
    assert content_of(service, file["id"]) == TWO_PARTS
    assert multipart_uploads() == []


def test_complete_takes_parts_that_came_in_any_order(service: Service) -> None:
    upload = create(service, TWO_PARTS)
    upload["multipart"]["parts"].reverse()
    send_missing(upload, TWO_PARTS)
    file = complete(service, upload).json["file"]
    assert content_of(service, file["id"]) == TWO_PARTS


@pytest.mark.parametrize("fields", [{}, {"part_ids": []}, {"part_ids": None}])
def test_complete_again_gives_the_same_answer(service: Service, fields: dict[str, Any]) -> None:
    upload = presigned(service)
    first = complete(service, upload)
    assert complete(service, upload, **fields).json == first.json
    deliver_event(upload)
    again = complete(service, upload).json
    assert again["file"]["status"] == "processed"
    assert look(service, upload) == again


def test_complete_needs_no_body(service: Service) -> None:
    upload = presigned(service)
    assert service.request("POST", f"/uploads/{upload['id']}/complete").status == 200


def test_complete_with_missing_parts_names_them_and_loses_nothing(service: Service) -> None:
    upload = create(service, TWO_PARTS)
    send_missing(upload, TWO_PARTS, most=1)
    answer = complete(service, upload)
    assert (answer.status, answer.json["code"]) == (400, "invalid_value")
    assert f"{PART_BYTES} of the upload's {len(TWO_PARTS)} bytes" in answer.json["message"]
    assert "parts 2." in answer.json["message"]
    found = look(service, upload)
    assert (found["status"], found["multipart"]["uploaded"]) == ("pending", [1])
    send_missing(found, TWO_PARTS)
    assert complete(service, upload).status == 200


def test_cancel_removes_the_parts_and_stays_visible(service: Service) -> None:
    upload = presigned(service, TWO_PARTS)
    answer = cancel(service, upload)
    assert answer.status == 200
    cancelled = answer.json
    assert (cancelled["status"], cancelled["file"], cancelled["multipart"]) == (
        "cancelled",
        None,
        None,
    )
    assert multipart_uploads() == objects() == []
    assert look(service, upload) == cancelled
    assert cancel(service, upload).json == cancelled


def test_an_upload_whose_parts_are_gone_from_s3_has_ended(service: Service) -> None:
    """Aborted by hand or by a lifecycle rule: no part can be sent, so it must not stay pending."""
    upload = presigned(service, TWO_PARTS)
    multipart_store.abort(record_of(upload))
    ended = look(service, upload)
    assert (ended["status"], ended["multipart"]) == ("cancelled", None)
    assert look(service, upload) == ended
    assert complete(service, upload).status == 400


def test_cancel_goes_on_until_s3_holds_no_part(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 may keep a part that arrives during an abort: then aborting has to be repeated."""
    upload = presigned(service)
    real, aborts = multipart_store.abort, []

    def abort(record: FileRecord) -> None:
        aborts.append(record)
        if len(aborts) > 1:
            real(record)

    monkeypatch.setattr(multipart_store, "abort", abort)
    assert cancel(service, upload).status == 200
    assert (len(aborts), multipart_uploads()) == (2, [])


def test_a_completed_upload_costs_one_call_to_complete_or_look_at_again(service: Service) -> None:
    """What each request costs the first time is in tests/integration/test_calls.py."""
    upload = presigned(service)
    assert complete(service, upload).status == 200
    with recorded_calls() as calls:
        assert complete(service, upload).status == 200
        assert service.get(f"/uploads/{upload['id']}").status == 200
    assert calls == ["dynamodb.GetItem", "dynamodb.GetItem"]
