"""A function is killed after any of its calls to AWS, or its message comes twice.

The other faults of each call are in tests/faults/test_batches.py, which takes minutes.
"""

from typing import Any

import pytest

from lambdas.domain.batch import BatchStatus
from lambdas.domain.errors import Unavailable
from lambdas.domain.keys import BatchKey
from lambdas.domain.limits import MESSAGE_TRIES
from lambdas.stores import batch_queues, batch_store, batch_table
from lambdas.workflows.working import _Work
from tests.faults.injection import Fault
from tests.integration.batches.disturbed import STEPS, each_call_meets
from tests.integration.batches.world import World, requests
from tests.integration.uploads.stopping import Stopped, just_after


@pytest.mark.parametrize("step", STEPS)
def test_a_function_that_is_killed_loses_no_request(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    each_call_meets(world, step, Fault.KILLED_AFTER, monkeypatch)


def test_an_input_that_goes_does_not_end_a_batch_that_another_message_began(world: World) -> None:
    """The second delivery finds no file any more, and may not take the copy along."""
    batch = world.create(requests(5))

    def begun_and_deleted() -> None:
        world.step("dispatcher")
        world.service.delete(f"/files/{batch['input_file_id']}")

    batch_queues.send_dispatch(BatchKey("acme", batch["id"].removeprefix("batch-")))
    with just_after("dynamodb.GetItem", begun_and_deleted):
        world.step("dispatcher")
    world.run()
    ended = world.retrieve(batch)
    assert (ended["status"], ended["request_counts"]["completed"]) == ("completed", 5)


def test_a_late_message_takes_no_results_from_a_batch_that_is_finalizing(world: World) -> None:
    batch = world.create(requests(5))
    batch_queues.send_dispatch(BatchKey("acme", batch["id"].removeprefix("batch-")))

    def all_but_finished() -> None:
        world.step("dispatcher")
        world.step("worker")
        batch_table.enter(
            BatchKey("acme", batch["id"].removeprefix("batch-")),
            BatchStatus.FINALIZING,
            finalizing_at=world.clock_ms() // 1_000,
        )

    with just_after("dynamodb.GetItem", all_but_finished):
        world.step("dispatcher")
    world.run()
    ended = world.retrieve(batch)
    assert (ended["status"], ended["request_counts"]["completed"]) == ("completed", 5)


@pytest.fixture
def store_down(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Segments cannot be stored as long as the list has something."""
    left: list[int] = []
    real = batch_store.put_segment

    def put(*arguments: Any) -> None:
        if left:
            left.pop()
            raise Unavailable
        real(*arguments)

    monkeypatch.setattr(batch_store, "put_segment", put)
    return left


def test_an_outage_of_a_store_ends_no_batch_however_long(
    world: World, store_down: list[int]
) -> None:
    store_down += [0] * 23
    batch = world.ended(requests(3))
    assert (batch["status"], world.dead_letters) == ("completed", [])
    assert batch["request_counts"]["completed"] == 3
    assert world.steps["worker"] == 24


def test_a_chunk_that_ends_its_workers_becomes_error_lines(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of memory, say: each worker is killed while it sends, and nothing is saved."""

    def killed(*_: Any) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(_Work, "_send", killed)
        batch = world.ended(requests(3))
    assert batch["request_counts"] == {"total": 3, "completed": 0, "failed": 3}
    errors = world.lines(batch["error_file_id"])
    assert {line["error"]["code"] for line in errors} == {"endpoint_unavailable"}
    assert world.steps["worker"] == MESSAGE_TRIES


def test_a_chunk_whose_worker_raises_becomes_error_lines(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defective(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(_Work, "_send", defective)
        batch = world.ended(requests(3))
    assert batch["request_counts"]["failed"] == 3
    assert world.dead_letters == []
