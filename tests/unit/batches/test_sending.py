"""Sending in parallel: every request gets one result, whatever the endpoint does."""

import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from lambdas.domain.batch_input import Request
from lambdas.domain.batch_results import Answer, Failure, Result
from lambdas.domain.sending import Attempt
from lambdas.workflows import sending as module
from lambdas.workflows.sending import Sending

OK = Attempt(Answer(200, None, b"{}"))
MOST = 1 << 20


def said(status: int, retry_after_s: float | None = None) -> Attempt:
    return Attempt(Answer(status, None, b"{}"), retry_after_s=retry_after_s)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        module, "pause_s", lambda _failures, retry_after_s, _spread: retry_after_s or 0.001
    )


class Endpoint:
    """Answers by a rule that gets a request's number and how often it was sent before."""

    def __init__(self, rule: Callable[[int, int], Attempt]) -> None:
        self.rule = rule
        self.sent: Counter[int] = Counter()
        self.lock = threading.Lock()
        self.under_way = 0
        self.most = 0

    def send(self, request: Request, name: str) -> Attempt:
        number = int(request.body)
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            before = self.sent[number]
            self.sent[number] += 1
        try:
            return self.rule(number, before)
        finally:
            with self.lock:
                self.under_way -= 1


def sending(endpoint: Endpoint, requests: int, parallelism: int = 8) -> Sending:
    return Sending(
        [Request(b'"r"', b"%d" % number) for number in range(requests)],
        [(number, 0) for number in range(requests)],
        0,
        lambda number: f"id-{number}",
        endpoint.send,
        parallelism,
        MOST,
    )


def results(under: Sending, timeout_s: float = 20) -> dict[int, Result]:
    """All results, once there is nothing more to come."""
    until = time.monotonic() + timeout_s
    found: dict[int, Result] = {}
    while under.running():
        assert time.monotonic() < until, "still running"
        under.wait(0.05, MOST)
        found.update(under.settle().results)
    settled = under.settle()
    assert settled.unfinished == {}
    return {**found, **settled.results}


def test_every_request_is_sent_once_in_parallel() -> None:
    def slow(_number: int, _before: int) -> Attempt:
        time.sleep(0.005)
        return OK

    endpoint = Endpoint(slow)
    under = sending(endpoint, 200)
    under.start()
    assert sorted(results(under)) == list(range(200))
    assert set(endpoint.sent.values()) == {1}
    assert 4 <= endpoint.most <= 8


def test_what_fails_twice_is_sent_three_times() -> None:
    endpoint = Endpoint(lambda _, before: OK if before == 2 else said(500))
    under = sending(endpoint, 20)
    under.start()
    found = results(under)
    assert not any(result.is_error for result in found.values())
    assert set(endpoint.sent.values()) == {3}


def test_what_always_fails_is_sent_five_times_and_its_last_answer_kept() -> None:
    endpoint = Endpoint(lambda number, _: said(500) if number == 3 else OK)
    under = sending(endpoint, 10)
    under.start()
    found = results(under)
    assert endpoint.sent[3] == 5
    assert [number for number, result in found.items() if result.is_error] == [3]
    assert b'"status_code": 500' in found[3].line


def test_what_never_answers_is_sent_twice() -> None:
    endpoint = Endpoint(lambda *_: Attempt(failure=Failure.REQUEST_TIMEOUT))
    under = sending(endpoint, 3)
    under.start()
    assert all(b"request_timeout" in result.line for result in results(under).values())
    assert set(endpoint.sent.values()) == {2}


def test_a_refusal_is_final_at_once() -> None:
    endpoint = Endpoint(lambda *_: said(400))
    under = sending(endpoint, 10)
    under.start()
    assert all(result.is_error for result in results(under).values())
    assert set(endpoint.sent.values()) == {1}


def test_a_busy_endpoint_is_left_alone_and_asked_less() -> None:
    """It answers one at a time, and says so to all others."""
    turn = threading.Lock()

    def one_at_a_time(_number: int, _before: int) -> Attempt:
        if not turn.acquire(blocking=False):
            return said(429)
        try:
            time.sleep(0.002)
            return OK
        finally:
            turn.release()

    endpoint = Endpoint(one_at_a_time)
    under = sending(endpoint, 100, parallelism=16)
    under.start()
    assert not any(result.is_error for result in results(under).values())
    assert sum(endpoint.sent.values()) < 400


def test_nothing_is_sent_before_the_time_that_the_endpoint_asked_for() -> None:
    sent_at: list[float] = []

    def first_busy(number: int, before: int) -> Attempt:
        sent_at.append(time.monotonic())
        return said(429, retry_after_s=0.4) if len(sent_at) == 1 else OK

    under = sending(Endpoint(first_busy), 5, parallelism=1)
    under.start()
    results(under)
    assert sent_at[1] - sent_at[0] >= 0.4


def test_silence_is_measured_while_the_endpoint_is_busy_only() -> None:
    down = threading.Event()
    down.set()
    unreachable = Attempt(failure=Failure.ENDPOINT_UNAVAILABLE, unreachable=True)
    under = sending(Endpoint(lambda *_: unreachable if down.is_set() else OK), 4)
    under.start()
    time.sleep(0.2)
    assert under.silent_s() >= 0.15
    down.clear()
    results(under)
    assert under.silent_s() == 0


def test_what_is_stopped_knows_what_is_left() -> None:
    release = threading.Event()

    def held(number: int, _before: int) -> Attempt:
        if number == 1:
            return said(500)
        if number >= 2:
            release.wait(10)
        return OK

    under = sending(Endpoint(held), 50, parallelism=4)
    under.start()
    time.sleep(0.1)
    under.stop()
    release.set()
    while under.running():
        under.wait(0.05, MOST)
    settled = under.settle()
    answered = set(settled.results)
    open_numbers = set(settled.unfinished) | set(range(settled.next_request, 50))
    assert not answered & open_numbers
    assert answered | open_numbers == set(range(50))
    assert settled.next_request < 50


def test_costs_of_earlier_workers_count() -> None:
    endpoint = Endpoint(lambda *_: said(500))
    under = Sending([Request(b'"r"', b"0")], [(0, 80)], 1, lambda _: "id", endpoint.send, 1, MOST)
    under.start()
    assert results(under)[0].is_error
    assert endpoint.sent[0] == 1


def test_a_result_that_is_too_long_becomes_an_error_line() -> None:
    endpoint = Endpoint(lambda *_: Attempt(Answer(200, None, b'{"a": "%b"}' % (b"x" * 500))))
    under = Sending([Request(b'"r"', b"0")], [(0, 0)], 0, lambda _: "id", endpoint.send, 1, 500)
    under.start()
    assert b"response_too_large" in results(under)[0].line
