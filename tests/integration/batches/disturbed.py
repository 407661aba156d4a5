"""A small batch, of which one call to AWS meets a fault: what is to come of it all the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import RLock
from typing import Any
from unittest import mock

import pytest
from botocore.client import BaseClient

from lambdas import clients, settings
from lambdas.domain import batch_input
from lambdas.domain.keys import SORT_KEY
from lambdas.domain.sending import Attempt
from tests.faults.injection import Fault, on_the_wire
from tests.integration.batches.world import Json, World, answered_once, echo, requests, said
from tests.integration.conftest import empty_again
from tests.integration.stored import objects

STEPS = ("dispatcher", "worker", "finisher")
FEWEST_CALLS = 6
API_CALL = "_make_api_call"
REQUESTS = 5


class Disturbed:
    """Lets call number `target` of a step's first message meet a fault."""

    def __init__(self, step: str, target: int | None = None, fault: Fault | None = None) -> None:
        self.step, self.target, self.fault = step, target, fault
        self.calls: list[str] = []
        self.met = False

    @contextmanager
    def __call__(self, name: str, _message: Json) -> Iterator[None]:
        if name != self.step or self.calls:
            yield
            return
        with on_the_wire(self.target, self.fault) as wire:
            try:
                yield
            finally:
                self.calls, self.met = wire.calls, wire.met


class Twice:
    """Delivers a step's first message again, wholly, just before its call number `target`."""

    def __init__(self, world: World, step: str, target: int) -> None:
        self.world, self.step, self.target = world, step, target
        self.met = self._begun = False

    @contextmanager
    def __call__(self, name: str, message: Json) -> Iterator[None]:
        if name != self.step or self._begun:
            yield
            return
        self._begun = True
        real: Any = getattr(BaseClient, API_CALL)
        calls, lock = count(), RLock()

        def call(client: BaseClient, operation: str, fields: Json) -> Any:
            with lock:
                if next(calls) == self.target:
                    self.met = True
                    self.world.deliver(name, message)
            return real(client, operation, fields)

        with mock.patch.object(BaseClient, API_CALL, call):
            yield


def refusing_the_fifth(body: Json, before: int) -> Attempt:
    return said(400) if body["number"] == 4 else echo(body, before)


def batch_under(world: World, disturbed: Disturbed | Twice) -> Json:
    batch = world.create(requests(REQUESTS))
    world.around = disturbed
    world.run()
    return world.retrieve(batch)


def whole(world: World, batch: Json) -> None:
    """All of it is as if nothing had happened."""
    assert (batch["status"], world.dead_letters) == ("completed", [])
    assert batch["request_counts"] == {"total": 5, "completed": 4, "failed": 1}
    assert batch["usage"]["total_tokens"] == 4 * 5
    output, errors = world.results(batch)
    answered_once(output, errors, REQUESTS)
    assert [line["custom_id"] for line in errors] == ["r4"]
    assert objects("batches/") == []
    held = world.service.get("/limits").json["usage"]
    assert held["files"] >= 3  # may count too much, until it is recounted (recounting.py)
    assert len(objects("files/")) == 3
    items = clients.dynamodb().scan(TableName=settings.files_table())["Items"]
    assert sum(item[SORT_KEY]["S"].startswith("FILE#") for item in items) == 3


def each_call_meets(world: World, step: str, fault: Fault, patch: pytest.MonkeyPatch) -> None:
    """One batch for each call of the step's first message."""
    each_call(world, patch, lambda target: Disturbed(step, target, fault))


def each_call_lets_in_another(world: World, step: str, patch: pytest.MonkeyPatch) -> None:
    """The same message, delivered twice at a time."""
    each_call(world, patch, lambda target: Twice(world, step, target))


def each_call(
    world: World, patch: pytest.MonkeyPatch, disturbed_at: Callable[[int], Disturbed | Twice]
) -> None:
    """Batches in two chunks."""
    patch.setattr(batch_input, "CHUNK_REQUESTS", 3)
    world.endpoint.rule = refusing_the_fifth
    for target in count():
        disturbed = disturbed_at(target)
        whole(world, batch_under(world, disturbed))
        if not disturbed.met:  # the step has no more calls
            break
        empty_again()
        world.clock_ms.ahead_s = 0
    assert target >= FEWEST_CALLS
