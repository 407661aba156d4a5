"""A world for batches in which nothing waits: pauses are skipped, and the clock can be set."""

import time
from typing import Any

import pytest

from lambdas import clients
from lambdas.handlers import batches, dispatcher, finisher, worker
from lambdas.stores import batch_queues
from lambdas.workflows import sending
from tests.integration.batches.world import Endpoint, World
from tests.integration.service import Service


class Clock:
    """The functions' clock, which a test can put forward."""

    def __init__(self) -> None:
        self.ahead_s = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead_s * 1_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    for module in (batches, dispatcher, worker, finisher):
        monkeypatch.setattr(module, "now_ms", found)
    return found


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint()


@pytest.fixture
def world(
    service: Service, endpoint: Endpoint, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> World:
    monkeypatch.setattr(worker, "ModelEndpoint", endpoint.made)
    monkeypatch.setattr(batch_queues, "LONGEST_DELAY_S", 0)
    monkeypatch.setattr(sending, "pause_s", lambda *_: 0.001)
    change = clients.sqs().change_message_visibility

    def at_once(**request: Any) -> Any:
        return change(**request | {"VisibilityTimeout": 0})

    monkeypatch.setattr(clients.sqs(), "change_message_visibility", at_once)
    return World(service, endpoint, clock)
