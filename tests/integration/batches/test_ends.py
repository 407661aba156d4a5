"""How a batch ends: cancelled or expired in the middle, and where its results find no room."""

import json
import time
from typing import Any

import pytest

from lambdas import settings
from lambdas.domain.batch import BatchStatus
from lambdas.domain.keys import BatchKey, FileKey
from lambdas.stores import batch_table, file_table
from lambdas.workflows import working
from tests.integration.batches.disturbed import STEPS
from tests.integration.batches.world import Clock, Json, World, answered_once, echo, requests
from tests.integration.stored import follow_removal, objects
from tests.integration.uploads.stopping import just_before

WINDOW_S = 86_400


def key_of(batch: Json) -> BatchKey:
    return BatchKey("acme", batch["id"].removeprefix("batch-"))


def ended_once(world: World, batch: Json, total: int, code: str) -> Json:
    """Each request is in one file; those that were not answered say why."""
    ended = world.retrieve(batch)
    counts = ended["request_counts"]
    output, errors = world.results(ended)
    assert (counts["total"], counts["completed"], counts["failed"]) == (
        total,
        len(output),
        len(errors),
    )
    answered_once(output, errors, total)
    assert {line["error"]["code"] for line in errors} <= {code}
    assert objects("batches/") == []
    return ended


MOMENTS = [
    ("dispatcher", "s3.CopyObject"),
    ("dispatcher", "dynamodb.PutItem"),
    ("dispatcher", "dynamodb.UpdateItem"),
    ("worker", "dynamodb.UpdateItem"),
    ("worker", "s3.GetObject"),
    ("worker", "s3.PutObject"),
    ("worker", "dynamodb.TransactWriteItems"),
    ("finisher", "dynamodb.GetItem"),
    ("finisher", "dynamodb.UpdateItem"),
]


@pytest.mark.parametrize(("step", "moment"), MOMENTS)
def test_a_cancellation_at_any_moment_ends_the_batch_whole(
    world: World, step: str, moment: str
) -> None:
    batch = world.create(requests(600))
    for before in STEPS[: STEPS.index(step)]:
        while world.step(before):
            pass
    answers: list[Any] = []
    with just_before(moment, lambda: answers.append(world.cancel(batch))):
        world.step(step)
    world.run()
    assert [answer.status for answer in answers] == [200]
    ended = world.retrieve(batch)
    assert ended["status"] == "cancelled"
    assert ended["cancelled_at"] >= ended["cancelling_at"]
    if ended["request_counts"]["total"]:
        ended_once(world, batch, 600, "batch_cancelled")
    assert objects("batches/") == []


def test_a_worker_notices_a_cancellation_while_it_sends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LOOK_EVERY_S", 0.01)
    batch = world.create(requests(500))
    world.step("dispatcher")

    def cancelling(body: Json, before: int) -> Any:
        if body["number"] == 100:
            world.cancel(batch)
        time.sleep(0.01)
        return echo(body, before)

    world.endpoint.rule = cancelling
    world.run()
    ended = ended_once(world, batch, 500, "batch_cancelled")
    assert ended["status"] == "cancelled"
    assert 100 <= ended["request_counts"]["completed"] < 500
    assert sum(world.endpoint.sent.values()) == ended["request_counts"]["completed"]


def test_a_worker_notices_the_end_of_the_window_while_it_sends(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "LOOK_EVERY_S", 0.01)
    batch = world.create(requests(500))
    world.step("dispatcher")

    def late(body: Json, before: int) -> Any:
        if body["number"] == 100:
            clock.ahead_s = WINDOW_S
        time.sleep(0.01)
        return echo(body, before)

    world.endpoint.rule = late
    world.run()
    ended = ended_once(world, batch, 500, "batch_expired")
    assert ended["status"] == "expired"
    assert ended["expired_at"] >= ended["expires_at"]
    assert 100 <= ended["request_counts"]["completed"] < 500


@pytest.mark.parametrize("step", STEPS)
def test_a_batch_that_expires_before_a_step_ends_whole(
    world: World, clock: Clock, step: str
) -> None:
    batch = world.create(requests(600))
    for before in STEPS[: STEPS.index(step)]:
        while world.step(before):
            pass
    clock.ahead_s = WINDOW_S
    world.run()
    ended = world.retrieve(batch)
    assert ended["status"] == ("completed" if step == "finisher" else "expired")
    if step == "worker":
        ended_once(world, batch, 600, "batch_expired")


def test_a_batch_that_is_cancelled_after_its_window_is_cancelled(
    world: World, clock: Clock
) -> None:
    """Both ends are true; what the owner asked for counts."""
    batch = world.create(requests(600))
    world.step("dispatcher")
    world.step("worker")
    clock.ahead_s = WINDOW_S
    world.step("worker")
    assert world.cancel(batch).json["status"] == "cancelling"
    world.run()
    assert ended_once(world, batch, 600, "batch_expired")["status"] == "cancelled"


def test_a_batch_that_is_finalizing_is_no_longer_cancelled(world: World) -> None:
    batch = world.create(requests(2))
    world.step("dispatcher")
    world.step("worker")
    batch_table.enter(
        key_of(batch), BatchStatus.FINALIZING, finalizing_at=world.clock_ms() // 1_000
    )
    refused = world.cancel(batch)
    assert refused.status == 400
    assert "'finalizing'" in refused.json["message"]


@pytest.fixture
def narrow(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Room for three files."""
    monkeypatch.setenv("LINEGATE_LIMITS", json.dumps({"account_files": 3}))
    settings.limits.cache_clear()
    return world


def without_room(world: World) -> tuple[Json, str]:
    """A batch whose results find no room, and a file that could make way for them."""
    other = world.upload(requests(1))
    world.upload(requests(1))
    batch = world.create(requests(2))
    for step in STEPS:
        world.step(step)
    return batch, other


def delete(world: World, file_id: str) -> None:
    """The API, and then the reaper."""
    now = world.clock_ms() // 1_000
    record = file_table.get(FileKey("acme", file_id.removeprefix("file-")), now)
    assert record is not None
    assert world.service.delete(f"/files/{file_id}").status == 200
    follow_removal(record, now)


def test_results_wait_for_room_in_their_account(narrow: World) -> None:
    batch, other = without_room(narrow)
    waiting = narrow.retrieve(batch)
    assert (waiting["status"], waiting["output_file_id"]) == ("finalizing", None)
    assert narrow.waiting("finisher") == 1
    delete(narrow, other)
    narrow.run()
    assert ended_once(narrow, batch, 2, "")["status"] == "completed"


def test_without_room_for_a_day_the_batch_fails_and_says_so(narrow: World, clock: Clock) -> None:
    batch, _ = without_room(narrow)
    clock.ahead_s += 86_400
    narrow.run()
    failed = narrow.retrieve(batch)
    assert (failed["status"], failed["output_file_id"]) == ("failed", None)
    assert failed["errors"]["data"][0]["code"] == "quota_exceeded"
    assert objects("batches/") == []
