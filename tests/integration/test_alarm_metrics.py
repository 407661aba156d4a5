"""Each alarm on a metric of our own: its failure, driven, writes exactly that metric."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.alarms import ALARMS, Alarm
from infra.functions import METRICS_NAMESPACE
from lambdas import clients, settings
from lambdas.domain.file import Status
from lambdas.handlers import finalizer
from lambdas.observability import metrics
from lambdas.workflows import recounting, sweeping
from tests.integration.left_behind import Run, lasting, orphan, run_after
from tests.integration.recorded import created
from tests.integration.service import Context, Service
from tests.integration.stored import remove_as_ttl_does, stored

OWN = [row for row in ALARMS if row.metric.namespace == METRICS_NAMESPACE]


def a_check_that_fails(run: Run) -> None:
    finalizer.handler(created(stored(None).object_key), Context())


def a_file_that_stays_unchecked(run: Run) -> None:
    lasting(status=Status.UPLOADED)
    run()


def a_file_whose_bytes_were_removed(run: Run) -> None:
    lasting(content=None)
    run()


def an_object_put_by_hand(run: Run) -> None:
    clients.s3().put_object(Bucket=settings.bucket(), Key="files/notes.txt", Body=b"x")
    run()


def an_account_that_counts_for_more_than_it_has(run: Run) -> None:
    remove_as_ttl_does(lasting())  # and the stream notifies nobody
    run()


def a_table_that_was_emptied(run: Run) -> None:
    for number in range(sweeping.SURPLUS + 1):
        orphan(number)
    run(repair=True)


DRIVEN: dict[str, Callable[[Run], None]] = {
    "ChecksFail": a_check_that_fails,
    "UncheckedFiles": a_file_that_stays_unchecked,
    "FilesWithoutBytes": a_file_whose_bytes_were_removed,
    "ForeignObjects": an_object_put_by_hand,
    "MiscountedAccounts": an_account_that_counts_for_more_than_it_has,
    "ReconcilerStopped": a_table_that_was_emptied,
}


def written(output: str) -> dict[str, tuple[str, set[str], float]]:
    """Namespace, dimensions and value of each metric in the log, as CloudWatch reads it."""
    found = {}
    for entry in map(json.loads, output.splitlines()):
        for told in entry.get("_aws", {}).get("CloudWatchMetrics", ()):
            (dimensions,) = told["Dimensions"]
            for metric in told["Metrics"]:
                value = sum(entry[metric["Name"]])
                found[metric["Name"]] = (told["Namespace"], set(dimensions), value)
    return found


def test_every_such_alarm_is_driven() -> None:
    assert {row.name for row in OWN} == set(DRIVEN)


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As where the stack names itself and the function in the environment."""
    monkeypatch.setattr(metrics.provider, "service", "reconciler")
    metrics.set_default_dimensions(stack="Linegate")
    yield
    metrics.clear_default_dimensions()
    metrics.clear_metrics()


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("row", OWN, ids=lambda row: row.name)
def test_a_failure_writes_the_metric_that_its_alarm_watches(
    row: Alarm, service: Service, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "SETTLED_S", 0)
    DRIVEN[row.name](run_after(monkeypatch))
    namespace, dimensions, value = written(capsys.readouterr().out)[row.metric.name]
    assert namespace == row.metric.namespace
    assert dimensions == {"service", "stack"}
    assert value >= 1
