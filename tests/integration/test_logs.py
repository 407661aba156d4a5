"""What is logged: a line for each change; never a key, content, a file's name or a signed URL."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.file import Status
from lambdas.domain.ids import file_id
from lambdas.handlers import authorizer, finalizer, reaper
from lambdas.observability import describe_error, logger
from lambdas.stores import key_table
from linegate.api_keys import new_api_key
from tests.integration.lines import request_line
from tests.integration.recorded import created, recorded, removed
from tests.integration.service import Answer, Context, Form, Service
from tests.integration.stored import stored

FILENAME = "Lohnliste-Meier.jsonl"
PROMPT = "patient-has-condition-x"
KEY, KEY_TEXT = new_api_key("acme", "laptop", 0)
CONTENT = request_line(1, messages=[{"role": "user", "content": PROMPT}])
SIGNED = "X-Amz-Signature=5ca1ab1e"
PRIVATE = (FILENAME, "Lohnliste", PROMPT, KEY_TEXT, KEY_TEXT[20:], "X-Amz-", "5ca1ab1e")


def lines(log: StringIO, message: str) -> list[dict[str, Any]]:
    logged = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line for line in logged if line["message"] == message]


def create(service: Service, content: bytes = CONTENT, **options: Any) -> Answer:
    form = Form().text("purpose", "batch").file(content, FILENAME)
    return service.request("POST", "/files", form.body, form.content_type, **options)


def begin(service: Service) -> Answer:
    return service.post_json(
        "/uploads", {"filename": FILENAME, "purpose": "batch", "bytes": len(CONTENT)}
    )


def every_change(service: Service) -> None:
    file = create(service).json["id"]
    service.delete(f"/files/{file}")
    service.delete(f"/files/{file}")
    upload = begin(service).json["id"]
    part = service.post_form(f"/uploads/{upload}/parts", Form().file(CONTENT, FILENAME, "data"))
    service.post_json(f"/uploads/{upload}/complete", {"part_ids": [part.json["id"]]})
    service.request("POST", f"/uploads/{upload}/cancel")
    create(service, b"{" + PROMPT.encode())


def test_each_change_is_one_audit_line(service: Service, log: StringIO) -> None:
    every_change(service)
    audited = lines(log, "audit")
    assert [(line["action"], line["outcome"], line.get("code")) for line in audited] == [
        ("create_file", "done", None),
        ("delete_file", "done", None),
        ("delete_file", "refused", "file_not_found"),
        ("create_upload", "done", None),
        ("add_part", "done", None),
        ("complete_upload", "done", None),
        ("cancel_upload", "refused", "invalid_value"),
        ("create_file", "refused", "invalid_json_line"),
    ]
    for line in audited:
        assert (line["account"], line["key_id"]) == ("acme", "recordedrecorded")
        assert line["request_id"] == "5d3f7a52-3c2f-4f0e-8ad6-6c35bb8e0e1b"
        assert line["file_id"].startswith("file-")
    files = [line["file_id"] for line in audited]
    assert files[0] == files[1] == files[2]
    assert len(set(files[3:7])) == 1
    assert audited[5]["route"] == "POST /uploads/{upload_id}/complete"


def test_reading_is_not_audited(service: Service, log: StringIO) -> None:
    file = create(service).json["id"]
    for path in ("/files", f"/files/{file}", f"/files/{file}/content", f"/files/{file}/validation"):
        service.get(path)
    assert len(lines(log, "audit")) == 1
    assert len(lines(log, "request")) == 5


def test_a_repeated_request_is_audited_as_one(service: Service, log: StringIO) -> None:
    for _ in range(2):
        create(service, headers={"Idempotency-Key": "k"})
    first, again = lines(log, "audit")
    assert (first["outcome"], again["outcome"]) == ("done", "repeated")
    assert first["file_id"] == again["file_id"]


def test_a_failure_is_audited_as_one(
    service: Service, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing_calls(RuntimeError("x")):
        create(service)
    (line,) = lines(log, "audit")
    assert (line["outcome"], line["code"]) == ("failed", "internal_error")


@pytest.mark.parametrize(("allowed", "named"), [(None, False), ("false", False), ("true", True)])
def test_a_files_name_is_audited_only_where_it_is_allowed(
    service: Service,
    log: StringIO,
    monkeypatch: pytest.MonkeyPatch,
    allowed: str | None,
    named: bool,
) -> None:
    if allowed is not None:
        monkeypatch.setenv("LINEGATE_AUDIT_FILENAMES", allowed)
    create(service)
    begin(service)
    assert [line.get("filename") for line in lines(log, "audit")] == [
        FILENAME if named else None
    ] * 2
    assert all("filename" not in line for line in lines(log, "request"))


def test_no_request_logs_what_is_private(
    service: Service, log: StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    every_change(service)
    settings.limits.cache_clear()
    for path in (f"/files/{FILENAME}", f"/uploads/{KEY_TEXT}", f"/files?after={KEY_TEXT}"):
        service.get(path)
    service.request("POST", f"/uploads/{FILENAME}/cancel")
    assert_private(log, capfd)


def test_no_redirect_logs_its_url(
    service: Service, log: StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    record = stored(CONTENT, Status.PROCESSED, filename=FILENAME, bytes=5 << 20)
    answer = service.get(f"/files/{file_id(record.key.ulid)}/content")
    assert "X-Amz-Signature" in answer.headers["location"]
    assert_private(log, capfd)


def told(kind: str) -> Exception:
    """Exceptions that say all they should not, as libraries' own do."""
    said = f"{FILENAME} {CONTENT!r} Bearer {KEY_TEXT} https://bucket/?{SIGNED}"
    if kind == "AWS's":
        error: Exception = ClientError({"Error": {"Code": "SlowDown", "Message": said}}, said)
    elif kind == "with a cause and notes":
        error = RuntimeError(said)
        error.__cause__ = ValueError(said)
        error.__cause__.__context__ = KeyError(said)
        error.add_note(said)
    else:
        error = ValueError(said)
    return error


KINDS = ["any", "AWS's", "with a cause and notes"]


@pytest.mark.parametrize("kind", KINDS)
def test_no_failure_of_a_route_logs_what_is_private(
    service: Service, log: StringIO, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    upload = begin(service).json["id"]
    file = create(service).json["id"]
    with failing_calls(told(kind)):
        answers = [
            create(service),
            create(service, headers={"Idempotency-Key": "k"}),
            begin(service),
            service.get("/files"),
            service.get(f"/files/{file}/content"),
            service.delete(f"/files/{file}"),
            service.get(f"/uploads/{upload}"),
            service.post_form(f"/uploads/{upload}/parts", Form().file(CONTENT, FILENAME, "data")),
            service.post_json(f"/uploads/{upload}/complete", {}),
            service.request("POST", f"/uploads/{upload}/cancel"),
        ]
    assert {answer.status for answer in answers} == {503 if kind == "AWS's" else 500}
    assert all(private not in answer.body.decode() for answer in answers for private in PRIVATE)
    assert_private(log, capfd)


@pytest.mark.parametrize("kind", KINDS)
def test_no_failure_of_the_other_functions_logs_what_is_private(
    service: Service, log: StringIO, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    record = stored(CONTENT, filename=FILENAME)
    key_table.put(KEY)
    with failing_calls(told(kind)):
        assert reaper.handler(removed(record), Context())["batchItemFailures"]
        assert finalizer.handler(created(record.object_key), Context())["batchItemFailures"]
        asked = recorded("request_authorizer")
        asked["multiValueHeaders"]["Authorization"] = [f"Bearer {KEY_TEXT}"]
        with pytest.raises(authorizer.AuthorizerFailed) as failure:
            authorizer.handler(asked, Context())  # type: ignore[arg-type]  # all it reads of one
    assert failure.value.__suppress_context__
    assert len(lines(log, "not reaped, is retried")) == 1
    assert_private(log, capfd)


def test_the_event_is_not_logged_even_where_powertools_is_told_to(
    service: Service, log: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOGGER_LOG_EVENT", "true")
    service.get("/files")
    assert "Authorization" not in log.getvalue()
    assert "lg_recorded" not in log.getvalue()


def test_a_traceback_says_where_and_of_what_kind(service: Service, log: StringIO) -> None:
    try:
        try:
            raise KeyError(PROMPT)
        except KeyError as cause:
            raise ClientError({"Error": {"Code": "SlowDown", "Message": PROMPT}}, "Put") from cause
    except ClientError:
        logger.exception("told")
    (line,) = lines(log, "told")
    assert line["exception_name"] == "ClientError"
    assert line["exception"].count("test_a_traceback_says_where_and_of_what_kind") == 2
    assert "ClientError SlowDown\n\nafter\n\n" in line["exception"]
    assert line["exception"].endswith("KeyError")
    assert describe_error(None) is None


@contextmanager
def failing_calls(error: Exception) -> Iterator[None]:
    """Let every call to AWS raise `error` before it is sent."""

    def fail(**_: object) -> None:
        raise error

    watched = (clients.s3(), clients.dynamodb(), clients.dynamodb_for_keys())
    for client in watched:
        client.meta.events.register("before-call", fail)
    try:
        yield
    finally:
        for client in watched:
            client.meta.events.unregister("before-call", fail)


def assert_private(log: StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither the log nor what is printed beside it says anything private."""
    printed = capfd.readouterr()
    everything = log.getvalue() + printed.out + printed.err
    assert log.getvalue()
    for private in PRIVATE:
        assert private not in everything
