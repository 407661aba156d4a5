"""A row holds on the service as it is, and not on one that breaks its promise."""

from collections.abc import Callable, Iterator
from unittest.mock import ANY

import pytest

from accept.promises import Promise, promise, promises
from accept.running import Outcome, check_row
from accept.service import Service
from tests.contract.accept.liar import Answer, Lie, constant, proxy
from tests.contract.conftest import NewKey

ROWS = {row.name: row for row in promises()}
NOT_FOUND = b'{"error":{"message":"m","type":"t","param":null,"code":"not_found"},"message":"m",'
NOT_FOUND += b'"type":"t","param":null,"code":"not_found"}'


@pytest.fixture(scope="session", params=[(200, b"{}"), (404, NOT_FOUND), (500, b"")])
def nonsense(request: pytest.FixtureRequest) -> Iterator[Service]:
    status, body = request.param
    with constant(status, body) as base_url:
        yield Service(base_url, "lg_key", other_key="lg_other", origin="https://a.example")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_no_row_holds_on_a_service_that_answers_everything_alike(
    row: Promise, nonsense: Service
) -> None:
    assert check_row(row, nonsense).outcome is not Outcome.HELD


def only_flat_errors(answer: Answer) -> None:
    if answer.status >= 400:
        answer.json = {k: v for k, v in answer.json.items() if k != "error"}


def no_request_id(answer: Answer) -> None:
    answer.drop_header("x-request-id")


def one_request_id(answer: Answer) -> None:
    answer.drop_header("x-request-id")
    answer.headers.append(("x-request-id", "9fcf5e8f-7ab7-4d78-ac7b-3d9c3bc7e8f4"))


def changed_content(answer: Answer) -> None:
    if answer.path.endswith("/content"):
        answer.body = answer.body[:-1]


def ids_of_deleted_files(answer: Answer) -> None:
    if answer.status == 404 and answer.method == "GET":
        answer.status = 200


def one_page_for_ever(answer: Answer) -> None:
    if answer.method == "GET" and answer.path.startswith("/v1/files?"):
        answer.json = answer.json | {"has_more": False}


def open_to_all(answer: Answer) -> None:
    if answer.status == 401:
        answer.status = 403


def unlimited(answer: Answer) -> None:
    if answer.status == 413:
        answer.status = 400


def new_ids(answer: Answer) -> None:
    if answer.method == "POST" and answer.status == 200:
        answer.json = answer.json | {"id": f"file-{id(answer):026}"}


def unaltered_parts(answer: Answer) -> None:
    """Nothing was taken, and yet the upload is completed."""
    if answer.path.endswith("/complete") and answer.status == 400:
        answer.status = 200


def always_processed(answer: Answer) -> None:
    answer.body = answer.body.replace(b'"status":"error"', b'"status":"processed"')


def first_error_only(answer: Answer) -> None:
    if answer.status == 400 and "errors" in (body := answer.json)["error"]:
        del body["error"]["errors"]["data"][1:]
        answer.json = body


def everybodys_files(answer: Answer) -> None:
    """Another account's files are there, under its own 404."""
    if answer.status == 404 and answer.method == "GET":
        answer.json = answer.json | {"message": f"{answer.path} belongs to somebody else."}


def any_origin(answer: Answer) -> None:
    answer.headers.append(("Access-Control-Allow-Origin", "*"))


def held_parts_forgotten(answer: Answer) -> None:
    if answer.method == "GET" and answer.path.startswith("/v1/uploads/"):
        body = answer.json
        body["multipart"]["uploaded"] = []
        answer.json = body


def kept_a_second_less(answer: Answer) -> None:
    if answer.method == "POST" and answer.status == 200:
        body = answer.json
        answer.json = body | {"expires_at": body["expires_at"] - 1}


def endless_urls(answer: Answer) -> None:
    if answer.status == 302:
        answer.headers = [
            (name, value.replace("X-Amz-Expires=3", "X-Amz-Expires=30"))
            for name, value in answer.headers
        ]


def cancels_nothing(answer: Answer) -> None:
    if answer.path.endswith("/cancel"):
        answer.json = answer.json | {"status": "pending"}


def another_hash(answer: Answer) -> None:
    if answer.status == 200 and b'"sha256":"' in answer.body:
        answer.json = answer.json | {"sha256": "0" * 64}


def no_quota(answer: Answer) -> None:
    if answer.path == "/v1/limits" and answer.status == 200:
        answer.json = answer.json | {"quotas": dict.fromkeys(("files", "bytes"), -1)}


def cacheable(answer: Answer) -> None:
    answer.drop_header("cache-control")


def null_ids(answer: Answer) -> None:
    if b'"first_id":""' in answer.body:
        answer.json = answer.json | {"first_id": None, "last_id": None}


def hidden_uploads(answer: Answer) -> None:
    if answer.path.startswith("/v1/uploads?"):
        answer.json = answer.json | {"data": []}


def takes_any_part(answer: Answer) -> None:
    if answer.path.endswith("/parts"):
        answer.status = 200


LIES: list[tuple[str, Lie]] = [
    ("altered_download_url", endless_urls),
    ("cancelling", cancels_nothing),
    ("completing", unaltered_parts),
    ("deleted", ids_of_deleted_files),
    ("empty_list", null_ids),
    ("error_report", always_processed),
    ("file_fields", another_hash),
    ("foreign_origin", any_origin),
    ("isolation", everybodys_files),
    ("limits", no_quota),
    ("line_errors", first_error_only),
    ("location", another_hash),
    ("md5_mismatch", always_processed),
    ("pending_list", hidden_uploads),
    ("proxied_parts_bounded", takes_any_part),
    ("presigned_parts", another_hash),
    ("resume", held_parts_forgotten),
    ("valid_report", another_hash),
    ("retention", kept_a_second_less),
    ("bad_fields", only_flat_errors),
    ("curl", changed_content),
    ("eleven_megabytes", unlimited),
    ("idempotency", new_ids),
    ("not_found", only_flat_errors),
    ("paging", one_page_for_ever),
    ("request_ids", no_request_id),
    ("request_ids", one_request_id),
    ("safe_headers", cacheable),
    ("stock_client", changed_content),
    ("stock_client", ids_of_deleted_files),
    ("too_large", unlimited),
    ("unauthorized", open_to_all),
]


@pytest.mark.parametrize(("name", "lie"), LIES, ids=lambda value: getattr(value, "__name__", value))
def test_a_row_does_not_hold_on_a_service_that_breaks_its_promise(
    base_url: str, api_key: str, new_key: NewKey, name: str, lie: Lie
) -> None:
    other_key = new_key()
    with proxy(base_url, lambda _: None) as honest:
        result = check_row(ROWS[name], Service(honest, api_key, other_key))
        assert (result.outcome, result.evidence) == (Outcome.HELD, ANY)
    with proxy(base_url, lie) as lying:
        result = check_row(ROWS[name], Service(lying, api_key, other_key))
        assert (result.outcome, result.evidence) == (Outcome.NOT_HELD, ANY)


def row_of(check: Callable[..., str]) -> Promise:
    return Promise("row", "files", "a promise", check, frozenset(), alone=False, slow=False)


def test_a_row_that_checks_nothing_does_not_hold() -> None:
    result = check_row(row_of(lambda *_: "all is well"), Service("http://x", "k"))
    assert (result.outcome, result.evidence) == (Outcome.NOT_HELD, "the row checked nothing")


def test_a_row_that_fails_by_itself_does_not_hold() -> None:
    result = check_row(row_of(lambda *_: str(1 // 0)), Service("http://x", "k"))
    assert result.outcome is Outcome.NOT_HELD
    assert result.evidence == "ZeroDivisionError: integer division or modulo by zero"


def test_two_rows_cannot_have_one_name() -> None:
    def curl(service: object, check: object) -> str:
        return ""

    with pytest.raises(ValueError, match="two promises are named curl"):
        promise("again")(curl)
