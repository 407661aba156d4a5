"""What the event functions count: metrics as CloudWatch reads them from the log."""

import itertools
import json
from typing import Any, TypeAlias

import pytest

from lambdas.domain.errors import Unavailable
from lambdas.handlers import finalizer, reaper, reconciler
from lambdas.stores import object_inventory
from tests.integration.lines import request_line, requests
from tests.integration.recorded import created, queued, removed
from tests.integration.service import Context, Service
from tests.integration.stored import stored

Capture: TypeAlias = pytest.CaptureFixture[str]


def counted(capsys: Capture) -> dict[str, float]:
    """Metric by metric what was logged so far; one with a code as `LineErrors invalid_url`."""
    found: dict[str, float] = {}
    for line in capsys.readouterr().out.splitlines():
        entry: dict[str, Any] = json.loads(line)
        for told in entry.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert told["Namespace"] == "Linegate"
            (dimensions,) = told["Dimensions"]
            by = [entry[name] for name in dimensions if name != "service"]
            for metric in told["Metrics"]:
                found[" ".join([metric["Name"], *by])] = sum(entry[metric["Name"]])
    return found


def test_a_check_counts_lines_bytes_time_speed_and_errors_by_code(
    service: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = requests(2) + b"nonsense\n" + request_line(0) + request_line(1)
    record = stored(body)
    clock = itertools.count(record.created_at * 1000, 250)
    monkeypatch.setattr(finalizer, "now_ms", lambda: next(clock))
    finalizer.handler(created(record.object_key), Context())
    assert counted(capsys) == {
        "EventsChecked": 1,
        "FilesChecked": 1,
        "LinesChecked": 5,
        "BytesChecked": len(body),
        "CheckDuration": 250,
        "CheckSpeed": len(body) / 250_000,
        "LineErrors": 3,
        "LineErrors invalid_json_line": 1,
        "LineErrors duplicate_custom_id": 2,
    }


def test_an_event_of_no_file_is_counted_and_warns_of_nothing(
    service: Service, capsys: Capture, recwarn: pytest.WarningsRecorder
) -> None:
    finalizer.handler(queued(json.dumps({"Event": "s3:TestEvent", "Bucket": "b"})), Context())
    assert counted(capsys) == {"EventsForeign": 1}
    assert [str(warning.message) for warning in recwarn] == []


def test_a_check_that_fails_is_counted(service: Service, capsys: Capture) -> None:
    finalizer.handler(created(stored(None).object_key), Context())
    assert counted(capsys) == {"EventsFailed": 1}


def test_a_removal_that_fails_is_counted(
    service: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(_keys: object) -> None:
        raise Unavailable

    monkeypatch.setattr(object_inventory, "delete_objects", unavailable)
    reaper.handler(removed(stored(requests(1))), Context())
    assert counted(capsys) == {"RemovalsFailed": 1}


def test_a_reconciler_that_finds_nothing_writes_no_metric(
    service: Service, capsys: Capture
) -> None:
    reconciler.handler({"scheduled": True}, Context(remaining_ms=900_000))
    assert counted(capsys) == {}
