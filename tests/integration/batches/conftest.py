"""A world for batches in which nothing waits: pauses are skipped, and the clock can be set."""

from typing import Any

import pytest

from lambdas import clients
from lambdas.domain.keys import BatchKey
from lambdas.handlers import batches, dispatcher, finisher, worker
from lambdas.stores import batch_queues, received_message
from lambdas.workflows import sending
from tests.integration.batches.world import Clock, Endpoint, World
from tests.integration.service import Service


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
    for store in (batch_queues, received_message):
        monkeypatch.setattr(store, "LONGEST_DELAY_S", 0)
    monkeypatch.setattr(sending, "pause_s", lambda *_: 0.001)
    send_chunk = batch_queues.send_chunk

    def send_later(key: BatchKey, number: int, delay_s: int) -> None:
        clock.ahead_s += delay_s
        send_chunk(key, number, delay_s)

    monkeypatch.setattr(batch_queues, "send_chunk", send_later)
    change = clients.sqs().change_message_visibility

    def at_once(**request: Any) -> Any:
        return change(**request | {"VisibilityTimeout": 0})

    monkeypatch.setattr(clients.sqs(), "change_message_visibility", at_once)
    return World(service, endpoint, clock)
