"""The reconciler over many runs: out of time, out of luck, on its schedule, in constant memory."""

import json
from typing import Any
from weakref import WeakSet

import pytest

from lambdas import clients
from lambdas.domain.errors import Unavailable
from lambdas.domain.file import Status
from lambdas.domain.keys import DAY_S
from lambdas.handlers import reconciler
from lambdas.stores import object_inventory, table_inventory
from lambdas.stores.object_inventory import StoredObject
from tests.integration.left_behind import (
    LONG,
    SAFE_AGE_S,
    Run,
    keys,
    lasting,
    messages,
    orphan,
)
from tests.integration.page_clock import pages_take
from tests.integration.service import Context


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_inventory, "PAGE", 2)
    monkeypatch.setattr(table_inventory, "PAGE", 2)
    monkeypatch.setattr(table_inventory, "BATCH", 1)


@pytest.mark.usefixtures("small_pages")
def test_a_run_that_is_out_of_time_goes_on_from_its_position(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {orphan(n).object_key for n in range(5)}
    for n in range(5, 10):
        lasting(n)
    lasting(10, status=Status.UPLOADED)
    left = iter([LONG, 0] * 100)
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _: next(left))
    found: list[str] = []
    position, runs = None, 0
    while runs == 0 or position is not None:
        answer = run(repair=True, **({"position": position} if position else {}))
        found += [finding["subject"] for finding in answer["first"]]
        position = json.loads(json.dumps(answer["position"]))
        runs += 1
    assert runs > 8
    assert gone < set(found)
    assert len(found) == 6
    assert len(keys()) == 6


@pytest.mark.usefixtures("small_pages")
def test_the_scheduled_run_goes_on_where_it_was_and_then_rests_for_a_day(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        lasting(number)
    gone = orphan(9)
    began = SAFE_AGE_S + 60
    with pages_take(280, monkeypatch):  # three pages, one of the objects
        run(began, scheduled=True)
    assert gone.object_key in keys()
    run(began + 3_600, scheduled=True)
    assert gone.object_key not in keys()
    another = orphan(8)
    run(began + 7_200, scheduled=True)
    assert another.object_key in keys()
    run(began + DAY_S, scheduled=True)
    assert another.object_key not in keys()


def test_the_scheduled_run_looks_for_unchecked_files_each_time(run: Run) -> None:
    lasting(status=Status.UPLOADED)
    for number in range(3):
        run(SAFE_AGE_S + 3_600 * number, scheduled=True)
    assert len(messages()) == 3


def test_a_store_that_fails_ends_the_run_and_the_next_goes_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan()

    def fail(_: list[str]) -> None:
        raise Unavailable

    with monkeypatch.context() as failing:
        failing.setattr(object_inventory, "delete_objects", fail)
        with pytest.raises(Unavailable):
            run(scheduled=True)
    run(scheduled=True)
    assert keys() == set()


def test_keys_that_dynamodb_leaves_unanswered_are_asked_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else their bytes would be taken for bytes without a record."""
    record = lasting()
    dynamodb, asked = clients.dynamodb(), 0
    real = dynamodb.batch_get_item

    def leave_once(**request: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 1:
            return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}
        return real(**request)

    monkeypatch.setattr(dynamodb, "batch_get_item", leave_once)
    assert run(repair=True)["found"] == {}
    assert asked > 1
    assert keys() == {record.object_key}


@pytest.mark.usefixtures("small_pages")
def test_no_page_is_kept_while_the_next_is_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Constant memory: of many listed objects only one page's are held at any time."""
    for number in range(9):
        orphan(number)
    alive: WeakSet[StoredObject] = WeakSet()
    most = 0

    class Watched(StoredObject):
        def __init__(self, *fields: Any) -> None:
            nonlocal most
            super().__init__(*fields)
            alive.add(self)
            most = max(most, len(alive))

    monkeypatch.setattr(object_inventory, "StoredObject", Watched)
    assert run()["found"] == {"BytesWithoutRecord": 9}
    assert 2 <= most <= 4, "the page that is read, and the one before it while that happens"


def test_findings_beyond_the_first_hundred_are_only_counted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "SHOWN", 2)
    for number in range(3):
        orphan(number)
    answer = run()
    assert answer["found"] == {"BytesWithoutRecord": 3}
    assert len(answer["first"]) == 2
