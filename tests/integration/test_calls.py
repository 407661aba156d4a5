"""What each route and event asks of AWS: on any machine what docgen/request_costs.py says.

The rows are what docs/cost-and-scale.md calculates with.
"""

from collections import Counter
from io import StringIO

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
from lambdas.domain.limits import MIB
from lambdas.domain.routes import ROUTES
from lambdas.handlers import finalizer, reaper
from tests.integration.capacity import Consumed, metered
from tests.integration.left_behind import Run
from tests.integration.lines import padded_to, requests
from tests.integration.recorded import created, removed
from tests.integration.scenarios import DONE, SCENARIOS
from tests.integration.service import Answer, Context, Service, recorded_calls
from tests.integration.test_listing_cost import put_all, record
from tests.integration.uploads.client import (
    complete,
    presigned,
    record_of,
)

ROWS = {row.name: row for row in WORK}


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
    routes = {route.name for route in ROUTES if route.function}
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
