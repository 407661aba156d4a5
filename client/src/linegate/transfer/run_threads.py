"""Runs a flow with threads, over whatever sends a call."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from .flow import PARALLEL, Answer, Body, Call, Flow, NoAnswer, Parallel, Sleep, Step

T = TypeVar("T")
Send = Callable[[Call], Answer]

LAST_CHUNKS_S = 2.0
"""How long an interrupted upload waits for its threads to notice."""


class Stopped(Exception):
    """Another part has failed, or the caller was interrupted."""


class _StoppableBody:
    """A body that ends when it should: asked after each chunk is read, before it is sent."""

    def __init__(self, body: Body, stop: threading.Event) -> None:
        self._body = body
        self._stop = stop
        self.size: int = body.size

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._body:
            if self._stop.is_set():
                raise Stopped
            yield chunk


class ThreadRunner:
    """`send` is called from several threads at once, and may raise NoAnswer."""

    def __init__(self, send: Send, parallel: int = PARALLEL) -> None:
        self._send = send
        self._parallel = parallel

    def run(self, flow: Flow[T]) -> T:
        """What the flow returns. Raises what it raises."""
        return self._run(flow, threading.Event())

    def _run(self, flow: Flow[T], stop: threading.Event) -> T:
        outcome: Any = None
        failed: Exception | None = None
        try:
            while True:
                step = flow.throw(failed) if failed else flow.send(outcome)
                outcome, failed = None, None
                try:
                    outcome = self._take(step, stop)
                except (NoAnswer, Stopped) as error:
                    failed = error
        except StopIteration as end:
            value: T = end.value
            return value
        finally:
            flow.close()

    def _take(self, step: Step, stop: threading.Event) -> Any:
        if stop.is_set():
            raise Stopped
        if isinstance(step, Call):
            body = _StoppableBody(step.body, stop) if step.body else None
            return self._send(replace(step, body=body))
        if isinstance(step, Sleep):
            return stop.wait(step.seconds)
        return self._run_parallel(step)

    def _run_parallel(self, step: Parallel) -> list[Any]:
        pool = _WorkerPool(step.flows, self._run)
        threads = [
            threading.Thread(target=pool.work, daemon=True)  # it must not outlive a Ctrl-C
            for _ in range(min(self._parallel, len(step.flows)))
        ]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        except BaseException:
            pool.stop.set()
            ends_at = time.monotonic() + LAST_CHUNKS_S
            for thread in threads:
                if thread.ident:
                    thread.join(max(0.0, ends_at - time.monotonic()))
            raise
        return pool.results()


class _WorkerPool:
    """Flows that a few threads take one after the other; the first failure ends them all."""

    def __init__(
        self, flows: Sequence[Flow[Any]], run: Callable[[Flow[Any], threading.Event], Any]
    ) -> None:
        self.stop = threading.Event()
        self._run = run
        self._lock = threading.Lock()
        self._left = iter(enumerate(flows))
        self._values: list[Any] = [None] * len(flows)
        self._failures: list[BaseException] = []

    def work(self) -> None:
        while not self.stop.is_set():
            with self._lock:
                number, flow = next(self._left, (None, None))
            if number is None or flow is None:
                return
            try:
                self._values[number] = self._run(flow, self.stop)
            except BaseException as error:  # noqa: BLE001  # raised where the pool is waited for
                self._failures.append(error)
                self.stop.set()

    def results(self) -> list[Any]:
        """In the order of the flows. Raises what failed first."""
        if self._failures:
            raise self._failures[0]
        return self._values
