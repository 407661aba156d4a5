"""What each route and event asks of AWS: on any machine what docgen/request_costs.py says.

The rows are what docs/cost-and-scale.md calculates with.
"""

import time
from collections import Counter
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from docgen.costs import LIST_BYTES, LOG_BYTES
from docgen.request_costs import (
    IDLE_RUN_READ,
    IDLE_RUN_WRITES_S3,
    RECONCILED_FILE_READ,
    WORK,
    Work,
)
from docgen.scale import INDEX_WRITES
from infra.routes import ROUTES
from lambdas.domain.keys import FileKey
from lambdas.domain.limits import MIB
from lambdas.handlers import authorizer, finalizer, reaper
from lambdas.stores import file_table, key_table
from linegate.api_keys import new_api_key
from tests.integration.capacity import Consumed, metered
from tests.integration.left_behind import Run
from tests.integration.lines import padded_to, requests
from tests.integration.recorded import created, recorded, removed
from tests.integration.service import ACCOUNT, Answer, Context, Service, recorded_calls
from tests.integration.test_listing_cost import put_all, record
from tests.integration.uploads.client import (
    SMALL,
    complete,
    create,
    presigned,
    record_of,
    send_missing,
    send_proxied,
)

Request = Callable[[], Any]
Scenario = Callable[[Service], Request]
"""Prepares what the request needs and answers with the request."""

ROWS = {row.name: row for row in WORK}


def of_file(path: str, method: str = "GET", size: int = 200) -> Scenario:
    def prepare(service: Service) -> Request:
        file_id = uploaded(service, size)
        return lambda: service.request(method, path.format(file_id=file_id))

    return prepare


def uploaded(service: Service, size: int) -> str:
    """A file that came in parts and was checked."""
    upload = presigned(service, padded_to(size))
    file_id: str = complete(service, upload).json["file"]["id"]
    assert finalizer.handler(created(record_of(upload).object_key), Context()) == DONE
    return file_id


def of_listing(url: str) -> Scenario:
    def prepare(service: Service) -> Request:
        put_all(record(number) for number in range(101))
        return lambda: service.get(url)

    return prepare


def of_upload(method: str, path: str, **fields: Any) -> Scenario:
    def prepare(service: Service) -> Request:
        upload = create(service)
        send_missing(upload, SMALL)
        url = path.format(upload_id=upload["id"])
        if method == "GET":
            return lambda: service.get(url)
        return lambda: service.post_json(url, fields)

    return prepare


def of_part(service: Service) -> Request:
    upload = create(service)
    return lambda: send_proxied(service, upload, b"xyz")


def of_key(service: Service) -> Request:
    key, text = new_api_key(ACCOUNT, "test", int(time.time()))
    key_table.put(key)
    event = recorded("request_authorizer")
    event["headers"] |= {"Authorization": f"Bearer {text}"}
    event["multiValueHeaders"] |= {"Authorization": [f"Bearer {text}"]}
    return lambda: authorizer.handler(event, Context())  # type: ignore[arg-type]


def of_event(service: Service) -> Request:
    upload = presigned(service)
    complete(service, upload)
    event = created(record_of(upload).object_key)
    return lambda: finalizer.handler(event, Context())


def of_removal(service: Service) -> Request:
    key = FileKey(ACCOUNT, uploaded(service, 200)[len("file-") :])
    before = file_table.get(key, 0)
    assert before is not None
    service.delete(f"/files/file-{key.ulid}")
    return lambda: reaper.handler(removed(before), Context())


NEW = {"filename": "in.jsonl", "purpose": "batch", "bytes": len(SMALL)}
COMPLETE = "POST /uploads/{upload_id}/complete"
DONE: dict[str, list[Any]] = {"batchItemFailures": []}

SCENARIOS: dict[str, Scenario] = {
    "POST /files": lambda service: lambda: service.create_file(requests(1)),
    "GET /files": of_listing("/files"),
    "GET /files?limit=100": of_listing("/files?limit=100"),
    "GET /files/{file_id}": of_file("/files/{file_id}"),
    "GET /files/{file_id}/content": of_file("/files/{file_id}/content"),
    "GET /files/{file_id}/content, redirected": of_file(
        "/files/{file_id}/content", size=4 * MIB + 1
    ),
    "GET /files/{file_id}/validation": of_file("/files/{file_id}/validation"),
    "DELETE /files/{file_id}": of_file("/files/{file_id}", "DELETE"),
    "GET /limits": of_file("/limits"),
    "GET /openapi.json": of_file("/openapi.json"),
    "POST /uploads": lambda service: lambda: service.post_json("/uploads", NEW),
    "GET /uploads": lambda service: lambda: service.get("/uploads"),
    "GET /uploads/{upload_id}": of_upload("GET", "/uploads/{upload_id}"),
    "POST /uploads/{upload_id}/parts": of_part,
    COMPLETE: of_upload("POST", "/uploads/{upload_id}/complete"),
    f"{COMPLETE}, with md5": of_upload("POST", "/uploads/{upload_id}/complete", md5="0" * 32),
    "POST /uploads/{upload_id}/cancel": of_upload("POST", "/uploads/{upload_id}/cancel"),
    "authorizer": of_key,
    "finalizer": of_event,
    "reaper": of_removal,
}


@pytest.mark.parametrize("row", WORK, ids=lambda row: row.name)
def test_a_request_costs_what_its_row_says(aws: None, row: Work) -> None:
    service = Service()
    service.create_file(requests(1))  # an account that is known
    act = SCENARIOS[row.name](service)
    with metered() as consumed:
        answer = act()
    if isinstance(answer, Answer):
        assert answer.status == (302 if "redirected" in row.name else 200)
    assert consumed == Consumed([*row.calls], row.items, row.read, row.written)


def test_every_route_of_a_function_has_a_row() -> None:
    routes = {f"{route.method} {route.path}" for route in ROUTES if route.function}
    assert routes <= set(ROWS)
    assert set(SCENARIOS) == set(ROWS)


def test_a_file_at_the_direct_limit_costs_no_more_than_a_small_one(service: Service) -> None:
    with metered() as consumed:
        service.create_file(padded_to(4 * MIB))
    assert tuple(consumed.calls) == ROWS["POST /files"].calls
    assert consumed.written == ROWS["POST /files"].written


def test_what_is_refused_without_a_look_costs_no_call(service: Service) -> None:
    with recorded_calls() as calls:
        service.create_file(b"nonsense")
        service.get("/files/not-an-id")
    assert calls == []


def test_an_upload_enters_the_index_of_unchecked_files_and_leaves_it(service: Service) -> None:
    upload = presigned(service)
    with metered() as consumed:
        complete(service, upload)
        finalizer.handler(created(record_of(upload).object_key), Context())
    assert consumed.index_written == INDEX_WRITES


def test_a_report_of_a_hundred_errors_costs_22_units_more(service: Service) -> None:
    upload = presigned(service, b"nonsense\n" * 200)
    complete(service, upload)
    event = created(record_of(upload).object_key)
    with metered() as consumed:
        finalizer.handler(event, Context())
    assert consumed.written == ROWS["finalizer"].written + 22


@pytest.mark.parametrize("url", LIST_BYTES)
def test_an_answer_is_no_larger_than_is_calculated_with(service: Service, url: str) -> None:
    put_all(record(number) for number in range(101))
    path = url.removeprefix("GET ").format(file_id=f"file-{record(7).key.ulid}")
    answer = service.get(path)
    headers = sum(len(name) + len(value) + 4 for name, value in answer.headers.items())
    assert LIST_BYTES[url] * 0.8 < len(answer.body) + headers + 200 <= LIST_BYTES[url]


def test_a_hundred_removals_cost_three_units_each_and_one_more(service: Service) -> None:
    put_all(record(number) for number in range(100))
    with metered() as consumed:
        assert reaper.handler(removed(*(record(n) for n in range(100))), Context()) == DONE
    assert consumed.written == 301


def test_a_round_of_the_reconciler_costs_so_much_for_each_file(service: Service, run: Run) -> None:
    with metered() as idle:
        run(scheduled=True)
    calls = Counter(idle.calls)
    assert idle.read == IDLE_RUN_READ
    assert calls["s3.PutObject"] + calls["s3.ListObjectsV2"] == IDLE_RUN_WRITES_S3
    for _ in range(50):
        service.create_file(requests(1))
    with metered() as busy:
        run(after_s=3 * 86_400, scheduled=True)
    assert 1 < (busy.read - idle.read) / 50 <= RECONCILED_FILE_READ
    assert Counter(busy.calls)["s3.HeadObject"] == 50


def test_a_request_logs_no_more_than_is_calculated_with(service: Service, log: StringIO) -> None:
    """Lambda's own three lines, some 400 bytes, come on top."""
    assert service.create_file(requests(1)).status == 200
    assert 500 < len(log.getvalue()) + 400 <= LOG_BYTES
