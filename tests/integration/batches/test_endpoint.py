"""What the model endpoint does, and what becomes of the requests: each is answered once.

Time is the clock's: what a chunk waits for in its queue passes at once.
"""

import threading
import time
from collections import Counter

import pytest

from lambdas.domain.batch_results import Failure
from lambdas.domain.sending import Attempt
from lambdas.workflows import sending, working
from tests.integration.batches.world import (
    Clock,
    Json,
    Rule,
    World,
    answered_once,
    echo,
    requests,
    said,
)
from tests.integration.service import Context
from tests.integration.stored import objects

HOUR_S = 3_600
DOWN = Attempt(failure=Failure.ENDPOINT_UNAVAILABLE, unreachable=True)
BROKEN_OFF = Attempt(failure=Failure.ENDPOINT_UNAVAILABLE)
LATE = Attempt(failure=Failure.REQUEST_TIMEOUT)
GARBAGE = Attempt(failure=Failure.INVALID_RESPONSE)
TOO_LONG = Attempt(failure=Failure.RESPONSE_TOO_LARGE)


@pytest.fixture(autouse=True)
def impatient(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker puts its chunk back as soon as the endpoint is silent."""
    monkeypatch.setattr(working, "OUTAGE_S", 0)
    monkeypatch.setattr(working, "FIRST_SAVE_S", 0.02)
    monkeypatch.setattr(sending, "pause_s", lambda _failures, asked_s, _spread: asked_s or 0.2)


def until(clock: Clock, seconds: int, attempt: Attempt) -> Rule:
    """The same attempt for so long, then answers."""
    ends_ms = clock() + seconds * 1_000
    return lambda body, before: attempt if clock() < ends_ms else echo(body, before)


@pytest.mark.parametrize(
    "attempt", [DOWN, said(503), said(429), said(529)], ids=["down", "503", "429", "529"]
)
def test_an_hour_without_the_endpoint_costs_an_hour(
    world: World, clock: Clock, attempt: Attempt
) -> None:
    world.endpoint.rule = until(clock, HOUR_S, attempt)
    batch = world.ended(requests(40))
    assert (batch["status"], batch["request_counts"]["completed"]) == ("completed", 40)
    assert HOUR_S <= clock.ahead_s < 2 * HOUR_S
    assert max(world.endpoint.sent.values()) < 40
    answered_once(*world.results(batch), 40)


def test_an_endpoint_that_stays_down_is_given_up(world: World, clock: Clock) -> None:
    world.endpoint.rule = lambda *_: DOWN
    batch = world.ended(requests(5))
    assert batch["request_counts"] == {"total": 5, "completed": 0, "failed": 5}
    errors = world.lines(batch["error_file_id"])
    assert {line["error"]["code"] for line in errors} == {"endpoint_unavailable"}
    assert 2 * HOUR_S <= clock.ahead_s < 3 * HOUR_S


def test_a_chunk_waits_as_long_as_the_endpoint_asks_for(world: World, clock: Clock) -> None:
    asked_at: list[int] = []

    def busy_for_ten_minutes(body: Json, before: int) -> Attempt:
        if not asked_at or clock.ahead_s < 600:
            asked_at.append(clock.ahead_s)
            answer = said(429).answer
            return Attempt(answer, retry_after_s=599.5)
        return echo(body, before)

    world.endpoint.rule = busy_for_ten_minutes
    batch = world.ended(requests(20))
    assert batch["request_counts"]["completed"] == 20
    assert set(asked_at) == {0}


FOR_EVER: dict[str, tuple[Attempt, int, str | None]] = {
    "500": (said(500), 5, None),
    "408": (said(408), 5, None),
    "400": (said(400), 1, None),
    "late": (LATE, 2, "request_timeout"),
    "garbage": (GARBAGE, 5, "invalid_response"),
    "broken off": (BROKEN_OFF, 5, "endpoint_unavailable"),
    "too long": (TOO_LONG, 1, "response_too_large"),
}


@pytest.mark.parametrize(("attempt", "tries", "code"), FOR_EVER.values(), ids=FOR_EVER)
def test_a_request_that_always_fails_is_an_error_line_and_the_others_are_answered(
    world: World, attempt: Attempt, tries: int, code: str | None
) -> None:
    world.endpoint.rule = lambda body, n: attempt if body["number"] == 2 else echo(body, n)
    batch = world.ended(requests(5))
    assert batch["status"] == "completed"
    output, errors = world.results(batch)
    answered_once(output, errors, 5)
    (line,) = errors
    assert line["custom_id"] == "r2"
    if code is None:
        assert attempt.answer is not None
        assert line["response"]["status_code"] == attempt.answer.status
        assert line["error"] is None
    else:
        assert (line["response"], line["error"]["code"]) == (None, code)
    assert world.endpoint.sent == Counter({0: 1, 1: 1, 2: tries, 3: 1, 4: 1})


PASSING = {
    "500": said(500),
    "late": LATE,
    "garbage": GARBAGE,
    "broken off": BROKEN_OFF,
    "429": said(429),
}


@pytest.mark.parametrize("attempt", PASSING.values(), ids=PASSING)
def test_a_request_that_fails_once_is_answered(world: World, attempt: Attempt) -> None:
    world.endpoint.rule = lambda body, n: attempt if n == 0 else echo(body, n)
    batch = world.ended(requests(12))
    assert batch["request_counts"] == {"total": 12, "completed": 12, "failed": 0}
    answered_once(*world.results(batch), 12)
    assert set(world.endpoint.sent.values()) == {2}


def test_answers_of_5_mb_are_joined_piece_by_piece(world: World) -> None:
    padding = "x" * 5_000_000
    world.endpoint.rule = lambda body, _: said(200, number=body["number"], padding=padding)
    batch = world.ended(requests(5))
    file = world.service.get(f"/files/{batch['output_file_id']}").json
    assert (file["line_count"], file["status"]) == (5, "processed")
    assert 25_000_000 < file["bytes"] < 25_010_000
    assert len(objects("files/")) == 2


def test_a_worker_near_its_end_keeps_what_is_done_and_puts_the_rest_back(world: World) -> None:
    """Its time is that of one request, its reserve, and a little."""
    world.create(requests(300))
    world.step("dispatcher")
    world.endpoint.rule = slowly
    world.step("worker", Context(remaining_ms=26_500))
    (batch,) = world.service.get("/batches").json["data"]
    done = batch["request_counts"]["completed"]
    assert 0 < done < 300
    world.endpoint.rule = echo
    world.run()
    batch = world.retrieve(batch)
    assert batch["request_counts"] == {"total": 300, "completed": 300, "failed": 0}
    answered_once(*world.results(batch), 300)
    assert set(world.endpoint.sent.values()) == {1}


def slowly(body: Json, before: int) -> Attempt:
    time.sleep(0.2)
    return echo(body, before)


def test_a_request_that_outlasts_its_worker_is_open_and_counts_as_late(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An endpoint that trickles can hold a connection longer than the worker lives."""
    released = threading.Event()

    def never(body: Json, before: int) -> Attempt:
        if body["number"] == 1:
            released.wait(20)
        return echo(body, before)

    world.endpoint.rule = never
    monkeypatch.setattr(working, "SAVE_RESERVE_S", 9.0)
    batch = world.create(requests(3))
    world.step("dispatcher")
    for _ in range(2):
        world.step("worker", Context(remaining_ms=14_500))
    released.set()
    world.run()
    batch = world.retrieve(batch)
    output, errors = world.results(batch)
    answered_once(output, errors, 3)
    assert [line["error"]["code"] for line in errors] == ["request_timeout"]
    assert world.endpoint.sent == Counter({0: 1, 1: 2, 2: 1})
