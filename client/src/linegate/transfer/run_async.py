"""Runs a flow with tasks, in whatever event loop the HTTP client runs in."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, TypeVar

import anyio  # comes with every httpx
from anyio.to_thread import run_sync

from .flow import PARALLEL, Answer, Body, Call, Flow, NoAnswer, Sleep, Step

T = TypeVar("T")
AsyncSend = Callable[[Call], Awaitable[Answer]]


CHUNKS_READ = 4
"""Read by one visit to a thread, which costs as much as sending a chunk does."""


class _AsyncBody:
    """A body that is read in a thread, so that a slow disk does not hold up the event loop."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.size = body.size

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = iter(self._body)

        def read() -> list[bytes]:
            return list(islice(chunks, CHUNKS_READ))

        while some := await run_sync(read):
            for chunk in some:
                yield chunk


class TaskRunner:
    """`send` may raise NoAnswer."""

    def __init__(self, send: AsyncSend, parallel: int = PARALLEL) -> None:
        self._send = send
        self._parallel = parallel

    async def run(self, flow: Flow[T]) -> T:
        """What the flow returns. Raises what it raises."""
        outcome: Any = None
        failed: NoAnswer | None = None
        try:
            while True:
                step = flow.throw(failed) if failed else flow.send(outcome)
                outcome, failed = None, None
                try:
                    outcome = await self._take(step)
                except NoAnswer as error:
                    failed = error
        except StopIteration as end:
            value: T = end.value
            return value
        finally:
            flow.close()

    async def _take(self, step: Step) -> Any:
        if isinstance(step, Call):
            body: Any = _AsyncBody(step.body) if step.body else None
            return await self._send(replace(step, body=body))
        if isinstance(step, Sleep):
            return await anyio.sleep(step.seconds)
        return await self._run_parallel(step.flows)

    async def _run_parallel(self, flows: Sequence[Flow[Any]]) -> list[Any]:
        values: list[Any] = [None] * len(flows)
        failures: list[Exception] = []
        left = iter(enumerate(flows))

        async def work() -> None:
            try:
                for number, flow in left:
                    values[number] = await self.run(flow)
            except Exception as error:  # noqa: BLE001  # raised below, not in a group
                failures.append(error)
                group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for _ in range(min(self._parallel, len(flows))):
                group.start_soon(work)
        if failures:
            raise failures[0]
        return values
