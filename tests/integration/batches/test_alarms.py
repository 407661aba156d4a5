"""Each alarm of batches on a metric of our own: its failure, driven, writes exactly that metric."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.alarms import Alarm
from infra.batch_alarms import BATCH_ALARMS
from infra.functions import METRICS_NAMESPACE
from lambdas.domain.batch_results import Failure
from lambdas.domain.errors import Unavailable
from lambdas.domain.sending import Attempt
from lambdas.stores import batch_store, multipart_store, object_store
from lambdas.workflows import working
from lambdas.workflows.working import _Work
from tests.integration.batches.world import World, requests
from tests.integration.test_alarm_metrics import deployed, written  # noqa: F401
from tests.integration.uploads.stopping import Stopped

OWN = [row for row in BATCH_ALARMS if row.metric.namespace == METRICS_NAMESPACE]
Patch = pytest.MonkeyPatch


def unavailable(*_: Any) -> None:
    raise Unavailable


def killed(*_: Any) -> None:
    raise Stopped


def an_input_that_cannot_be_copied(world: World, patch: Patch) -> None:
    patch.setattr(batch_store, "pin_input", unavailable)
    world.create(requests(1))
    world.step("dispatcher")


def results_that_cannot_be_saved(world: World, patch: Patch) -> None:
    patch.setattr(batch_store, "put_segment", unavailable)
    world.create(requests(1))
    world.step("dispatcher")
    world.step("worker")


def files_that_cannot_be_stored(world: World, patch: Patch) -> None:
    world.create(requests(1))
    world.step("dispatcher")
    world.step("worker")
    for store in (object_store, multipart_store):
        patch.setattr(store, "put" if store is object_store else "begin", unavailable)
    world.step("finisher")


def a_chunk_that_ends_its_workers(world: World, patch: Patch) -> None:
    patch.setattr(_Work, "_send", killed)
    world.ended(requests(1))


def an_endpoint_that_is_down(world: World, patch: Patch) -> None:
    patch.setattr(working, "OUTAGE_S", 0)
    patch.setattr(working, "FIRST_SAVE_S", 0.02)
    down = Attempt(failure=Failure.ENDPOINT_UNAVAILABLE, unreachable=True)
    world.endpoint.rule = lambda *_: down
    world.create(requests(1))
    world.step("dispatcher")
    world.step("worker")


DRIVEN: dict[str, Callable[[World, Patch], None]] = {
    "DispatcherFails": an_input_that_cannot_be_copied,
    "WorkerFails": results_that_cannot_be_saved,
    "FinisherFails": files_that_cannot_be_stored,
    "ChunksGivenUp": a_chunk_that_ends_its_workers,
    "EndpointUnavailable": an_endpoint_that_is_down,
}


def test_every_such_alarm_is_driven() -> None:
    assert {row.name for row in OWN} == set(DRIVEN)


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("row", OWN, ids=lambda row: row.name)
def test_a_failure_writes_the_metric_that_its_alarm_watches(
    row: Alarm, world: World, capsys: Any, monkeypatch: Patch
) -> None:
    DRIVEN[row.name](world, monkeypatch)
    namespace, dimensions, value = written(capsys.readouterr().out)[row.metric.name]
    assert (namespace, dimensions) == (row.metric.namespace, {"service", "stack"})
    assert value >= 1
