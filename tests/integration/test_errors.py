"""The contract's error table on `/files`: status, both shapes, code and param of each."""

from io import StringIO
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from lambdas import clients
from lambdas.domain.limits import FORM_OVERHEAD_BYTES, MIB
from lambdas.stores import file_pages
from tests.integration.lines import requests
from tests.integration.service import Answer, Form, Service

ANCHOR, SECONDS = "expires_after[anchor]", "expires_after[seconds]"
CRLF = b"\r\n"


def assert_error(answer: Answer, status: int, code: str, param: str | None = None) -> str:
    """Both shapes say the same; returns the message."""
    body = answer.json
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    for shape in (body, body["error"]):
        assert (shape["code"], shape["param"]) == (code, param)
        assert shape["type"] == ("api_error" if status >= 500 else "invalid_request_error")
        assert shape["message"] == body["message"]
    assert "status_code" not in body
    return str(body["message"])


def batch_form() -> Form:
    return Form().text("purpose", "batch")


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        (Form().text("purpose", "batch"), "missing_required_parameter", "file"),
        (Form().file(b"{}"), "missing_required_parameter", "purpose"),
        (batch_form().text("purpose", "batch").file(b"{}"), "invalid_value", "purpose"),
        (batch_form().file(b"{}").file(b"{}"), "invalid_value", "file"),
        (batch_form().file(b"{}", filename=None), "invalid_value", "file"),
        (batch_form().file(b"{}", filename=""), "invalid_value", "file"),
        (batch_form().file(b"{}", filename="x" * 256), "invalid_value", "file"),
        (Form().text("purpose", "fine-tune").file(b"{}"), "invalid_value", "purpose"),
        (Form().text("purpose", "").file(b"{}"), "invalid_value", "purpose"),
        (batch_form().text(ANCHOR, "created_at").file(b""), "missing_required_parameter", SECONDS),
        (batch_form().text(SECONDS, "3600").file(b""), "missing_required_parameter", ANCHOR),
        (batch_form().text("expires_after", "{}").file(b""), "invalid_value", "expires_after"),
    ],
)
def test_a_form_with_a_bad_field(service: Service, form: Form, code: str, param: str) -> None:
    assert_error(service.post_form("/files", form), 400, code, param)


@pytest.mark.parametrize(
    ("anchor", "seconds", "param"),
    [
        ("last_active_at", "3600", ANCHOR),
        ("created_at", "3599", SECONDS),
        ("created_at", "2592001", SECONDS),
        ("created_at", "-1", SECONDS),
        ("created_at", "3600.5", SECONDS),
        ("created_at", "", SECONDS),
        ("created_at", "9" * 40, SECONDS),
        ("created_at", "٣٦٠٠", SECONDS),
    ],
)
def test_an_expiry_out_of_bounds(service: Service, anchor: str, seconds: str, param: str) -> None:
    answer = service.create_file(requests(1), **{ANCHOR: anchor, SECONDS: seconds})
    assert_error(answer, 400, "invalid_value", param)


def test_a_content_type_without_a_boundary(service: Service) -> None:
    form = batch_form().file(requests(1))
    answer = service.request("POST", "/files", form.body, "multipart/form-data")
    assert "boundary" in assert_error(answer, 400, "invalid_multipart")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary anywhere",
        b"--linegate-boundary--" + CRLF,
        batch_form().file(requests(1)).body[:-10],
        batch_form().file(requests(1)).body.replace(b"form-data", b"attachment"),
        batch_form().file(requests(1)).body.replace(b'name="purpose"', b'title="purpose"'),
        batch_form().file(requests(1), filename="X").body.replace(b'"X"', b'"\xff"'),
        b"--linegate-boundary" + CRLF + b"bad header" + CRLF * 2 + b"x" + CRLF,
        Form(parts=Form().text("x", "y").parts * 101).body,
    ],
)
def test_a_malformed_multipart_body(service: Service, body: bytes) -> None:
    answer = service.request("POST", "/files", body, Form().content_type)
    assert_error(answer, 400, "invalid_multipart")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "", "multipart/mixed"])
def test_another_content_type(service: Service, content_type: str) -> None:
    answer = service.request("POST", "/files", b"{}", content_type)
    message = assert_error(answer, 415, "unsupported_media_type")
    assert "multipart/form-data" in message


def test_a_body_above_what_a_request_may_carry_is_refused_unread(service: Service) -> None:
    body = b"x" * (4 * MIB + FORM_OVERHEAD_BYTES + 3)
    answer = service.request("POST", "/files", body, Form().content_type)
    message = assert_error(answer, 413, "request_too_large")
    assert "POST /uploads" in message
    assert str(4 * MIB) in message


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-5", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1.5", "limit"),
        ("after=file_123", "after"),
        ("after=", "after"),
        ("after=file-01jd0000000000000000000000", "after"),
        ("order=newest", "order"),
    ],
)
def test_a_bad_query(service: Service, query: str, param: str) -> None:
    assert_error(service.get(f"/files?{query}"), 400, "invalid_value", param)


def test_a_bad_query_quotes_what_was_sent_and_what_is_allowed(service: Service) -> None:
    message = assert_error(service.get("/files?order=newest"), 400, "invalid_value", "order")
    assert message == "order 'newest' is not supported; use 'asc' (oldest first) or 'desc'."
    message = assert_error(service.get("/files?limit=101"), 400, "invalid_value", "limit")
    assert message == "limit '101' is not between 1 and 100."


@pytest.mark.parametrize("limit", ["1", "100"])
def test_a_page_size_at_its_bounds(service: Service, limit: str) -> None:
    assert service.get(f"/files?limit={limit}").status == 200


@pytest.mark.parametrize(
    "file_id",
    [
        "file_123",
        "file-",
        "file-01JD0000000000000000000000",
        "file-01JD000000000000000000000",
        "file-01JD00000000000000000000000",
        "file-01jd0000000000000000000000",
        "file-81JD0000000000000000000000",
        "file-01JD000000000000000000000U",
        "upload-01JD0000000000000000000000",
        "01JD0000000000000000000000",
        "%00",
        "ü",
    ],
)
@pytest.mark.parametrize("path", ["", "/content", "/validation"])
def test_a_malformed_id_answers_as_a_missing_file(
    service: Service, file_id: str, path: str
) -> None:
    missing = service.get("/files/file-01JZZZZZZZZZZZZZZZZZZZZZZZ")
    answer = service.get(f"/files/{file_id}{path}")
    assert_error(answer, 404, "file_not_found")
    assert answer.body == missing.body


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nowhere"), ("PUT", "/files"), ("POST", "/files/file-x"), ("DELETE", "/files")],
)
def test_an_unknown_route_or_method(service: Service, method: str, path: str) -> None:
    assert_error(service.request(method, path), 404, "not_found")


@pytest.mark.parametrize("authorizer", [{}, {"account": ""}, {"account": "acme"}])
def test_a_request_that_went_round_the_authorizer(
    service: Service, authorizer: dict[str, Any]
) -> None:
    answer = service.request("GET", "/files", authorizer=authorizer)
    assert_error(answer, 401, "invalid_api_key")


def test_a_store_that_does_not_answer_is_a_503_with_retry_after(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(clients.dynamodb(), "query", silent)
    answer = service.get("/files")
    message = assert_error(answer, 503, "internal_error")
    assert int(answer.headers["retry-after"]) > 0
    assert "dynamodb" not in message


def test_a_throttled_store_is_a_503(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def throttle(**_: object) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "Query")

    monkeypatch.setattr(clients.dynamodb(), "query", throttle)
    assert_error(service.get("/files"), 503, "internal_error")


def test_a_defect_of_ours_is_a_500_without_internals(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("table acme-secret")

    monkeypatch.setattr(file_pages, "list_files", broken)
    answer = service.get("/files")
    assert "acme-secret" not in assert_error(answer, 500, "internal_error")


def test_a_refused_file_is_logged_without_name_content_or_key(
    service: Service, log: StringIO
) -> None:
    service.create_file(b"{broken", "private-name.jsonl")
    audit, request = log.getvalue().splitlines()
    assert '"message":"audit"' in audit
    assert '"message":"request"' in request
    assert '"status":400' in request
    for private in ("private-name", "broken", "lg_recorded", "Bearer"):
        assert private not in audit + request
