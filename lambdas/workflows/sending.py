"""Send the requests of a chunk in parallel, as many at a time as the endpoint bears.

Parallelism is halved where the endpoint says that it is busy, at most once for what was under way
together, and grows again by one for as many answers as are sent in parallel: additive increase,
multiplicative decrease. While it is busy nothing is sent at all until the pause is over.

Threads, because each mostly waits; the lock is held only to take and to settle.
"""

import random
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from threading import Condition, Thread
from time import monotonic

from lambdas.domain.batch_input import Request
from lambdas.domain.batch_results import Failure, Result, answer_result, failure_result
from lambdas.domain.sending import (
    MOST_COST,
    TIMEOUT_COST,
    Attempt,
    Verdict,
    cost,
    pause_s,
    verdict,
)

Send = Callable[[Request, str], Attempt]
"""Make one attempt for a request under its id."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Results since the last look, by request, and what is open."""

    results: Mapping[int, Result]
    unfinished: Mapping[int, int]
    """Requests that were taken and have no answer, with what their attempts have cost."""
    next_request: int


class Sending:
    """Requests on their way. `open_requests` are numbers in `requests`, with their costs so far."""

    def __init__(
        self,
        requests: Sequence[Request],
        open_requests: Sequence[tuple[int, int]],
        next_request: int,
        request_id: Callable[[int], str],
        send: Send,
        parallelism: int,
        most_line_bytes: int,
    ) -> None:
        self._requests = requests
        self._request_id = request_id
        self._send = send
        self._most = parallelism
        self._most_line_bytes = most_line_bytes
        self._limit = float(parallelism)
        self._changed = Condition()
        self._fresh = deque(open_requests)
        self._delayed: list[tuple[float, int, int]] = []
        self._costs = dict(open_requests)
        self._next_request = next_request
        self._under_way: set[int] = set()
        self._held_until = 0.0
        self._busy_in_a_row = 0
        self._answered_at = monotonic()
        self._stopped = False
        self._abandoned = False
        self._results: dict[int, Result] = {}
        self._result_bytes = 0
        self._threads = [
            Thread(target=self._work, daemon=True)
            for _ in range(min(parallelism, len(self._fresh)))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no more requests; those under way end as they may."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def abandon(self) -> None:
        """Wait no longer for requests under way, which have had all the time that they may take:
        they are open, or failed for good. Their answers, should they still come, are dropped."""
        with self._changed:
            self._stopped = self._abandoned = True
            for number in self._under_way:
                self._costs[number] += TIMEOUT_COST
                if self._costs[number] >= MOST_COST:
                    self._keep(number, Attempt(failure=Failure.REQUEST_TIMEOUT))
            self._under_way.clear()
            self._changed.notify_all()

    def held_s(self) -> float:
        """How long the endpoint is still not to be asked."""
        with self._changed:
            return max(0.0, self._held_until - monotonic())

    def wait(self, seconds: float, result_bytes: int) -> None:
        """Wait until so much time has passed, so many bytes have come, or all is done."""
        until = monotonic() + seconds
        with self._changed:
            while not self._done() and self._result_bytes < result_bytes:
                left = until - monotonic()
                if left <= 0:
                    return
                self._changed.wait(left)

    def settle(self) -> Settled:
        """Hand over the results that came since the last call."""
        with self._changed:
            results, self._results = self._results, {}
            self._result_bytes = 0
            return Settled(
                results,
                {n: c for n, c in self._costs.items() if n < self._next_request},
                self._next_request,
            )

    def running(self) -> bool:
        """Whether there is more to come."""
        with self._changed:
            return not self._done()

    def holds(self, result_bytes: int) -> bool:
        """Whether there are results of so many bytes to settle."""
        with self._changed:
            return self._result_bytes >= result_bytes

    def silent_s(self) -> float:
        """How long the endpoint has answered nothing but that it is busy, or nothing at all."""
        with self._changed:
            busy = self._busy_in_a_row > 0
            return monotonic() - self._answered_at if busy else 0.0

    def _done(self) -> bool:
        ended = self._stopped or not (self._fresh or self._delayed)
        return ended and not self._under_way

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            number, cost_so_far = taken
            attempt = self._send(self._requests[number], self._request_id(number))
            self._put(number, cost_so_far, attempt)

    def _take(self) -> tuple[int, int] | None:
        with self._changed:
            while True:
                if self._stopped or self._done():
                    self._changed.notify_all()
                    return None
                wait_s = self._wait_s(monotonic())
                if wait_s == 0:
                    break
                self._changed.wait(wait_s)
            if self._delayed and self._delayed[0][0] <= monotonic():
                _, number, cost_so_far = heappop(self._delayed)
            else:
                number, cost_so_far = self._fresh.popleft()
                self._next_request = max(self._next_request, number + 1)
            self._under_way.add(number)
            return number, cost_so_far

    def _wait_s(self, now: float) -> float | None:
        """0: take one. None: until something changes."""
        if len(self._under_way) >= max(1, int(self._limit)):
            return None
        if now < self._held_until:
            return self._held_until - now
        if self._fresh:
            return 0
        return max(0.0, self._delayed[0][0] - now) if self._delayed else None

    def _put(self, number: int, cost_so_far: int, attempt: Attempt) -> None:
        said = verdict(attempt)
        total = cost_so_far + (0 if said is Verdict.FINAL else cost(attempt))
        with self._changed:
            if self._abandoned:
                return
            self._under_way.remove(number)
            self._learn(said, attempt)
            if said is Verdict.FINAL or total >= MOST_COST:
                self._keep(number, attempt)
            else:
                self._costs[number] = total
                wait_s = 0.0
                if said is Verdict.AGAIN:
                    tries = 1 + cost_so_far // cost(attempt)
                    wait_s = pause_s(tries, attempt.retry_after_s, random.random())  # noqa: S311
                heappush(self._delayed, (monotonic() + wait_s, number, total))
            self._changed.notify_all()

    def _learn(self, said: Verdict, attempt: Attempt) -> None:
        now = monotonic()
        if said is Verdict.BUSY:
            if now >= self._held_until:  # the first of those that were under way together
                self._busy_in_a_row += 1
                self._limit = max(1.0, self._limit / 2)
            spread = random.random()  # noqa: S311  # spreads tries, protects nothing
            wait_s = pause_s(self._busy_in_a_row, attempt.retry_after_s, spread)
            if now >= self._held_until or attempt.retry_after_s:
                self._held_until = max(self._held_until, now + wait_s)
        elif attempt.answer is not None:
            self._busy_in_a_row = 0
            self._answered_at = now
            self._limit = min(float(self._most), self._limit + 1 / self._limit)

    def _keep(self, number: int, attempt: Attempt) -> None:
        name, request = self._request_id(number), self._requests[number]
        if attempt.answer is not None:
            result = answer_result(name, request.custom_id, attempt.answer)
        else:
            assert attempt.failure is not None, "no answer has a reason"
            result = failure_result(name, request.custom_id, attempt.failure)
        if len(result.line) > self._most_line_bytes:
            result = failure_result(name, request.custom_id, Failure.RESPONSE_TOO_LARGE)
        self._results[number] = result
        self._result_bytes += len(result.line)
        del self._costs[number]
