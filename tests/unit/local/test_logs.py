"""The lines that make start shows."""

import json
from pathlib import Path

import pytest

from local import function_log, request_log

REQUEST = {
    "method": "GET",
    "path": "/v1/files",
    "status": 200,
    "duration_ms": 12,
    "request_id": "11111111-2222",
}


def test_a_request_is_one_line_with_what_one_looks_for() -> None:
    line = request_log.shown(REQUEST, coloured=False)
    assert line.split()[1:] == ["GET", "200", "/v1/files", "12", "ms", "11111111-2222"]


@pytest.mark.parametrize(
    ("status", "colour"),
    [(200, "32"), (302, "32"), (400, "33"), (499, "33"), (500, "31"), (None, "31")],
)
def test_the_status_is_coloured_by_whose_fault_it_is(status: int | None, colour: str) -> None:
    line = request_log.shown(REQUEST | {"status": status}, coloured=True)
    assert f"\x1b[{colour}m{status or 0}\x1b[0m" in line


def test_requests_are_read_as_they_come_even_in_two_halves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "access.log"
    path.write_text('{"from": "before"}\n')
    monkeypatch.setattr(request_log, "ACCESS_LOG", path)
    monkeypatch.setattr(request_log, "POLL_S", 0)
    requests = request_log.requests()
    assert next(requests) is None
    line = json.dumps(REQUEST)
    with path.open("a", buffering=1) as log:
        log.write(line[:10])
        log.flush()
        assert next(requests) is None
        log.write(line[10:] + "\n")
        assert next(requests) == REQUEST


def test_a_functions_line_shows_its_message_and_its_own_fields() -> None:
    line = {
        "level": "INFO",
        "location": "_report:46",
        "message": "finalized",
        "service": "finalizer",
        "function_name": "f",
        "cold_start": True,
        "file_id": "file-1",
    }
    assert function_log.shown(line) == "finalizer INFO finalized  file_id=file-1"


def test_an_exception_follows_with_paths_as_in_the_checkout() -> None:
    line = {
        "level": "ERROR",
        "message": "unexpected",
        "service": "files",
        "exception": 'Traceback:\n  File "/x/f/code/lambdas/handlers/files.py", line 1\nKeyError',
    }
    assert function_log.shown(line).splitlines() == [
        "files ERROR unexpected",
        "    Traceback:",
        '      File "lambdas/handlers/files.py", line 1',
        "    KeyError",
    ]
