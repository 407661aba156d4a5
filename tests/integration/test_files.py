"""The `/files` routes on moto: what a client sees, route by route."""

import hashlib
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from lambdas import clients, settings
from lambdas.domain.file import Status
from lambdas.domain.limits import MIB
from tests.integration.lines import padded_to, request_line, requests
from tests.integration.service import Form, Service, recorded_calls
from tests.integration.stored import ULID, stored

DAY_S = 86_400


def test_create_answers_with_a_processed_file(service: Service) -> None:
    answer = service.create_file(requests(3), "Größe 🙂.jsonl")
    assert answer.status == 200
    file = answer.json
    assert len(file["id"].removeprefix("file-")) == 26
    assert file == {
        "id": file["id"],
        "object": "file",
        "bytes": len(requests(3)),
        "created_at": file["created_at"],
        "expires_at": file["created_at"] + 7 * DAY_S,
        "filename": "Größe 🙂.jsonl",
        "purpose": "batch",
        "status": "processed",
        "status_details": None,
        "line_count": 3,
        "sha256": hashlib.sha256(requests(3)).hexdigest(),
    }
    assert abs(file["created_at"] - time.time()) < 60


def test_create_reads_the_fields_in_any_order(service: Service) -> None:
    form = Form().file(requests(1)).text("purpose", "batch")
    assert service.post_form("/files", form).status == 200


def test_create_ignores_fields_it_does_not_know(service: Service) -> None:
    assert service.create_file(requests(1), note="for the morning run").status == 200


@pytest.mark.parametrize("name", ['say "hi".jsonl', "日本語 €.jsonl", "a%20b.jsonl", "x" * 255])
def test_a_file_name_comes_back_as_it_was_sent(service: Service, name: str) -> None:
    file = service.create_file(requests(1), name.replace('"', "%22")).json
    assert file["filename"] == name
    assert service.get(f"/files/{file['id']}").json["filename"] == name


@pytest.mark.parametrize("seconds", [3_600, 2_592_000])
def test_create_takes_an_expiry_at_both_ends_of_its_range(service: Service, seconds: int) -> None:
    policy = {"expires_after[anchor]": "created_at", "expires_after[seconds]": str(seconds)}
    file = service.create_file(requests(1), **policy).json
    assert file["expires_at"] == file["created_at"] + seconds


def test_create_takes_a_file_at_the_direct_limit(service: Service) -> None:
    content = padded_to(4 * MIB)
    file = service.create_file(content).json
    assert file["bytes"] == 4 * MIB
    assert service.get(f"/files/{file['id']}/content").body == content


def test_create_refuses_a_file_one_byte_above_the_direct_limit(service: Service) -> None:
    answer = service.create_file(padded_to(4 * MIB + 1))
    assert answer.status == 413
    assert answer.json["code"] == "request_too_large"
    assert str(4 * MIB) in answer.json["message"]
    assert "POST /uploads" in answer.json["message"]


def test_a_file_with_invalid_lines_is_refused_whole_and_nothing_is_stored(service: Service) -> None:
    content = requests(2) + b"{not json}\n" + request_line(1)
    answer = service.create_file(content)
    assert answer.status == 400
    error = answer.json["error"]
    assert error["code"] == answer.json["code"] == "invalid_json_line"
    assert error["error_count"] == 2
    assert [(e["line"], e["code"]) for e in error["errors"]["data"]] == [
        (3, "invalid_json_line"),
        (4, "duplicate_custom_id"),
    ]
    assert "Line 3" in answer.json["message"]
    assert service.get("/files").json["data"] == []
    bucket = settings.bucket()
    assert clients.s3().list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_only_a_worker_key_writes_results(service: Service) -> None:
    results = b'{"custom_id": "request-1", "response": {"status_code": 200}}\n'
    refused = service.create_file(results, purpose="batch_output")
    assert (refused.status, refused.json["param"]) == (400, "purpose")
    written = Service(role="worker").create_file(results, purpose="batch_output")
    assert (written.status, written.json["purpose"]) == (200, "batch_output")
    assert service.get(f"/files/{written.json['id']}/content").body == results


def test_a_file_can_be_retrieved_as_soon_as_it_was_answered(service: Service) -> None:
    file = service.create_file(requests(1)).json
    assert service.get(f"/files/{file['id']}").json == file
    assert service.get(f"/files/{file['id']}/").json == file


def test_the_report_of_a_valid_file(service: Service) -> None:
    file = service.create_file(requests(3) + b"\n").json
    report = service.get(f"/files/{file['id']}/validation").json
    assert report == {
        "object": "file.validation",
        "file_id": file["id"],
        "valid": True,
        "lines": 4,
        "requests": 3,
        "bytes": len(requests(3)) + 1,
        "sha256": hashlib.sha256(requests(3) + b"\n").hexdigest(),
        "models": ["llama-4"],
        "error_count": 0,
        "errors": {"object": "list", "data": []},
        "checked_at": report["checked_at"],
        "duration_ms": report["duration_ms"],
    }


def test_content_up_to_the_direct_limit_comes_as_bytes(service: Service) -> None:
    file = service.create_file(requests(2), "Straße;.jsonl").json
    answer = service.get(f"/files/{file['id']}/content")
    assert answer.status == 200
    assert answer.body == requests(2)
    assert answer.headers["content-type"] == "application/x-ndjson"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; ")
    assert "filename*=UTF-8''Stra%C3%9Fe%3B.jsonl" in disposition


def test_content_above_the_direct_limit_is_a_redirect_that_explains_itself(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = service.create_file(padded_to(2_000)).json
    monkeypatch.setenv("LINEGATE_LIMITS", '{"direct_bytes": 1999}')
    settings.limits.cache_clear()
    with recorded_calls() as calls:
        answer = service.get(f"/files/{file['id']}/content")
    assert answer.status == 302
    url = answer.headers["location"]
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == ["3600"]
    assert query["response-content-type"] == ["application/x-ndjson"]
    assert urlsplit(url).hostname == f"{settings.bucket()}.s3.eu-central-1.amazonaws.com"
    assert answer.json["location"] == url
    assert "curl -L" in answer.json["message"]
    assert calls == ["dynamodb.GetItem"]


@pytest.mark.parametrize(("left_s", "lifetime_s"), [(3_610, 3_600), (1_800, 1_800)])
def test_a_download_url_does_not_outlive_its_file(
    service: Service, monkeypatch: pytest.MonkeyPatch, left_s: int, lifetime_s: int
) -> None:
    stored(requests(1), Status.PROCESSED, expires_at=int(time.time()) + left_s)
    monkeypatch.setenv("LINEGATE_LIMITS", '{"direct_bytes": 1}')
    settings.limits.cache_clear()
    url = service.get(f"/files/file-{ULID}/content").headers["location"]
    (expires,) = parse_qs(urlsplit(url).query)["X-Amz-Expires"]
    assert lifetime_s - 5 <= int(expires) <= lifetime_s


def test_a_deleted_file_is_gone_and_deleting_it_again_is_a_404(service: Service) -> None:
    file_id = service.create_file(requests(1)).json["id"]
    answer = service.delete(f"/files/{file_id}")
    assert (answer.status, answer.json) == (
        200,
        {"id": file_id, "object": "file", "deleted": True},
    )
    for again in (
        service.delete(f"/files/{file_id}"),
        service.get(f"/files/{file_id}"),
        service.get(f"/files/{file_id}/content"),
        service.get(f"/files/{file_id}/validation"),
    ):
        assert (again.status, again.json["code"]) == (404, "file_not_found")
    assert service.get("/files").json["data"] == []


def test_every_answer_carries_the_gateways_request_id(service: Service) -> None:
    expected = "5d3f7a52-3c2f-4f0e-8ad6-6c35bb8e0e1b"
    for answer in (service.get("/files"), service.get("/files/none"), service.get("/nowhere")):
        assert answer.headers["x-request-id"] == expected


def test_another_accounts_file_answers_as_a_missing_one(service: Service) -> None:
    file_id = service.create_file(requests(1)).json["id"]
    stranger = Service(account="other")
    for path in ("", "/content", "/validation"):
        missing = service.get("/files/file-01JZZZZZZZZZZZZZZZZZZZZZZZ" + path)
        assert stranger.get(f"/files/{file_id}{path}").body == missing.body
    assert stranger.delete(f"/files/{file_id}").status == 404
    assert stranger.get("/files").json["data"] == []
    assert service.get(f"/files/{file_id}").status == 200


def test_the_path_works_under_a_custom_domains_base_path(service: Service) -> None:
    file_id = service.create_file(requests(1)).json["id"]
    assert service.get(f"/v1/files/{file_id}").status == 200
