"""Idempotency-Key: the same request under the same key is done once and answered alike."""

import json
import warnings
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.idempotency import KEPT_S, Repeatable, digest_of
from lambdas.domain.ids import new_ulid
from lambdas.domain.keys import FileKey
from lambdas.domain.requests import NewFile
from lambdas.domain.wire import FileObject
from lambdas.handlers.clock import now_ms
from lambdas.stores import object_store, usage_table
from lambdas.stores.idempotency_table import once
from lambdas.workflows import creating
from lambdas.workflows.creating import create_file
from linegate.jsonl.purposes import PURPOSES
from tests.integration.lines import requests
from tests.integration.service import ACCOUNT, Answer, Context, Form, Service, recorded_calls
from tests.integration.test_errors import assert_error
from tests.integration.uploads.stopping import just_before

KEY = "Idempotency-Key"
UPLOAD = {"filename": "in.jsonl", "purpose": "batch", "bytes": 1_000}


def create(
    service: Service,
    key: str | None = "k-1",
    content: bytes = requests(1),
    boundary: str = "one",
    **options: Any,
) -> Answer:
    form = Form(boundary).text("purpose", "batch").file(content)
    headers = {} if key is None else {KEY: key}
    return service.request(
        "POST", "/files", form.body, form.content_type, headers=headers, **options
    )


def begin(service: Service, key: str = "k-1", **fields: Any) -> Answer:
    body = json.dumps(UPLOAD | fields).encode()
    return service.request("POST", "/uploads", body, "application/json", headers={KEY: key})


def files() -> int:
    return usage_table.read(ACCOUNT).usage.files


def test_a_repeated_file_is_the_first_one(service: Service) -> None:
    first = create(service)
    assert first.status == 200
    assert create(service).body == first.body
    assert files() == 1


def test_a_client_that_draws_a_new_boundary_asks_for_the_same(service: Service) -> None:
    assert create(service, boundary="two").body == create(service, boundary="three").body
    assert files() == 1


def test_a_repetition_after_the_file_was_deleted_says_so(service: Service) -> None:
    """A 200 would promise a file that no other route knows; a 5xx would be retried in vain."""
    file_id = create(service).json["id"]
    service.delete(f"/files/{file_id}")
    message = assert_error(create(service), 400, "invalid_value", KEY)
    assert message == (
        f"The file created with this Idempotency-Key, '{file_id}', was deleted or has expired. "
        "Use a new key to create another file."
    )


@pytest.mark.parametrize(
    "form",
    [
        Form().text("purpose", "batch").file(requests(2)),
        Form().text("purpose", "batch").file(requests(1), filename="other.jsonl"),
        Form()
        .text("purpose", "batch")
        .text("expires_after[anchor]", "created_at")
        .text("expires_after[seconds]", "3600")
        .file(requests(1)),
    ],
    ids=["content", "name", "expiry"],
)
def test_another_request_under_the_same_key_is_refused(service: Service, form: Form) -> None:
    create(service)
    answer = service.request("POST", "/files", form.body, form.content_type, headers={KEY: "k-1"})
    assert "a different request" in assert_error(answer, 400, "invalid_value", KEY)
    assert files() == 1


def test_a_key_means_something_for_one_account_and_one_route(service: Service) -> None:
    ids = {create(service).json["id"][5:], begin(service).json["id"][7:]}
    other = create(Service("other")).json["id"]
    assert len(ids | {other[5:]}) == 3
    assert Service("other").get(f"/files/{other}").status == 200


def test_without_a_key_each_request_is_its_own_and_costs_what_it_did(service: Service) -> None:
    with recorded_calls() as calls:
        first, second = create(service, None), create(service, None)
    assert first.json["id"] != second.json["id"]
    assert len(calls) == 6


def test_a_key_costs_two_calls_and_its_repetition_two(service: Service) -> None:
    with recorded_calls() as calls:
        create(service)
    assert calls == [
        "dynamodb.PutItem",
        "dynamodb.UpdateItem",
        "s3.PutObject",
        "dynamodb.TransactWriteItems",
        "dynamodb.UpdateItem",
    ]
    with recorded_calls() as calls:
        create(service)
    assert calls == ["dynamodb.PutItem", "dynamodb.GetItem"]


@pytest.mark.parametrize("key", ["!", "~" * 255])
def test_a_key_within_its_bounds(service: Service, key: str) -> None:
    assert create(service, key).status == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "a\n", "ü", "\x7f", " "])
def test_a_key_out_of_its_bounds(service: Service, key: str) -> None:
    assert_error(create(service, key), 400, "invalid_value", KEY)
    assert files() == 0


@pytest.mark.parametrize("name", ["idempotency-key", "IDEMPOTENCY-KEY"])
def test_the_header_is_known_in_any_case(service: Service, name: str) -> None:
    form = Form().text("purpose", "batch").file(requests(1))
    for _ in range(2):
        service.request("POST", "/files", form.body, form.content_type, headers={name: "k"})
    assert files() == 1


def test_two_different_keys_in_one_request_are_refused(service: Service) -> None:
    form = Form().text("purpose", "batch").file(requests(1))
    event, handler = service.event("POST", "/files", form.body, form.content_type)
    event["multiValueHeaders"][KEY] = ["a", "b"]
    assert handler(event, Context())["statusCode"] == 400


def test_an_error_is_not_kept(service: Service) -> None:
    assert create(service, content=b"nonsense").status == 400
    assert create(service).status == 200
    items = clients.dynamodb().scan(TableName=settings.files_table())["Items"]
    assert len([item for item in items if item["PK"]["S"].startswith("ANSWERS#")]) == 1


def test_a_failure_of_ours_is_not_kept(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(object_store, "put", _fails)
        assert create(service).status == 503
    assert create(service).status == 200


def test_of_twins_one_makes_the_file_and_the_other_is_told_to_come_again(service: Service) -> None:
    """The first is at work in another environment, which has one request at a time: so it is what
    the handler does for it, and the handler is free for the twin."""
    content, limits, at_ms = requests(1), settings.limits(), now_ms()
    new = NewFile("in.jsonl", PURPOSES["batch"], limits.retention_s, content)
    asked = digest_of(new.filename, new.purpose.name, new.retention_s, new.content)
    first = Repeatable(ACCOUNT, "POST /files", "k-1", asked)
    answers: list[Answer] = []

    def ask_meanwhile() -> None:
        answers.extend([create(service), create(service, content=requests(2))])

    def make() -> FileObject:
        key = FileKey(ACCOUNT, new_ulid(at_ms))
        with just_before("s3.PutObject", ask_meanwhile):
            return FileObject.of(create_file(new, key, at_ms // 1000, limits, now_ms))

    context: Any = Context()
    made = once(first, context, make, FileObject.model_dump, FileObject.model_validate)
    twin, other = answers
    assert "still running" in assert_error(twin, 503, "internal_error")
    assert int(twin.headers["retry-after"]) > 0
    assert_error(other, 400, "invalid_value", KEY)
    assert create(service).body == made.json_body().encode()
    assert files() == 1


def test_a_request_that_was_stopped_is_done_when_its_function_must_be_over(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """What no handler catches."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as stopped:
        stopped.setattr(creating, "validate", killed)
        with pytest.raises(Killed):
            create(service, context=Context(remaining_ms=0))
        with pytest.raises(Killed):
            create(service, "k-2", context=Context(remaining_ms=29_000))
    assert create(service).status == 200
    assert create(service, "k-2").status == 503


def test_an_answer_that_cannot_be_kept_is_given_all_the_same(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = clients.dynamodb().update_item

    def keeps_nothing(**request: Any) -> Any:
        return _refuses() if "ANSWERS#" in str(request["Key"]) else real(**request)

    monkeypatch.setattr(clients.dynamodb(), "update_item", keeps_nothing)
    assert create(service).status == 200
    assert files() == 1


def test_a_table_that_does_not_answer_is_a_503(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients.dynamodb(), "put_item", _refuses)
    assert_error(create(service), 503, "internal_error")
    assert files() == 0


def test_an_answer_is_kept_for_a_day(service: Service) -> None:
    created_at = create(service).json["created_at"]
    items = clients.dynamodb().scan(TableName=settings.files_table())["Items"]
    (kept,) = [item for item in items if item["PK"]["S"] == f"ANSWERS#{ACCOUNT}"]
    assert 0 <= int(kept["expires_at"]["N"]) - created_at - KEPT_S <= 2
    assert "k-1" not in json.dumps(kept)


def test_a_repeated_upload_is_the_first_one_with_urls_of_its_own(service: Service) -> None:
    first, again = begin(service).json, begin(service).json
    assert again["id"] == first["id"]
    assert again["multipart"]["parts"][0]["url"]
    items = clients.dynamodb().scan(TableName=settings.files_table())["Items"]
    assert "X-Amz-" not in json.dumps(items)
    assert usage_table.read(ACCOUNT).usage.pending_uploads == 1


def test_a_repeated_upload_is_as_it_is_by_now(service: Service) -> None:
    first = begin(service).json
    service.request("POST", f"/uploads/{first['id']}/cancel")
    assert begin(service).json["status"] == "cancelled"


def test_a_repeated_upload_that_has_expired_asks_for_a_new_key(service: Service) -> None:
    upload = begin(service).json
    clients.dynamodb().update_item(
        TableName=settings.files_table(),
        Key={"PK": {"S": f"ACCOUNT#{ACCOUNT}"}, "SK": {"S": f"FILE#{upload['id'][7:]}"}},
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
    assert "expired" in assert_error(begin(service), 400, "invalid_value", KEY)
    assert begin(service, "k-2").status == 200


def test_another_upload_under_the_same_key_is_refused(service: Service) -> None:
    begin(service)
    assert_error(begin(service, bytes=1_001), 400, "invalid_value", KEY)


def test_nothing_is_warned_of(service: Service) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("error", module="aws_lambda_powertools.utilities.idempotency")
        assert create(service).status == 200


def _fails(*_: object) -> None:
    raise Unavailable


def _refuses(**_: object) -> None:
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "UpdateItem")
