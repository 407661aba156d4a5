"""A row holds on the service as it is, and not on one that breaks its promise."""

from collections.abc import Callable, Iterator

import pytest

from accept.promises import Promise, promise, promises
from accept.running import Outcome, check_row
from accept.service import Service
from tests.contract.accept.liar import Answer, Lie, constant, proxy

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


LIES: list[tuple[str, Lie]] = [
    ("bad_fields", only_flat_errors),
    ("curl", changed_content),
    ("eleven_megabytes", unlimited),
    ("idempotency", new_ids),
    ("not_found", only_flat_errors),
    ("paging", one_page_for_ever),
    ("request_ids", no_request_id),
    ("request_ids", one_request_id),
    ("stock_client", changed_content),
    ("stock_client", ids_of_deleted_files),
    ("too_large", unlimited),
    ("unauthorized", open_to_all),
]


@pytest.mark.parametrize(("name", "lie"), LIES, ids=lambda value: getattr(value, "__name__", value))
def test_a_row_does_not_hold_on_a_service_that_breaks_its_promise(
    base_url: str, api_key: str, name: str, lie: Lie
) -> None:
    with proxy(base_url, lambda _: None) as honest:
        assert check_row(ROWS[name], Service(honest, api_key)).outcome is Outcome.HELD
    with proxy(base_url, lie) as lying:
        assert check_row(ROWS[name], Service(lying, api_key)).outcome is Outcome.NOT_HELD


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
