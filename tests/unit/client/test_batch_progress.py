"""How far a batch is, as a person sees it, at the widths that terminals have."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from linegate.cli.app import main
from linegate.cli.batch import commands
from linegate.cli.batch.progress import Rate, describe, format_left
from linegate.cli.batch.results import error_path
from linegate.cli.terminal import show_table

NOW = 1_800_000_000
IDS = [f"batch-01JDZW6V8F6Q2M3N4P5R6S7T{number}" for number in range(10, 13)]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def batch(
    status: str = "in_progress", total: int = 50_000, completed: int = 0, failed: int = 0
) -> dict[str, Any]:
    return {
        "id": IDS[0],
        "status": status,
        "created_at": NOW - 7_300,
        "endpoint": "/v1/chat/completions",
        "request_counts": {"total": total, "completed": completed, "failed": failed},
    }


@pytest.mark.parametrize(
    ("shown", "rate", "text"),
    [
        (batch("validating", 0), None, "validating"),
        (batch(), None, "in_progress: 0 of 50,000"),
        (batch(completed=1_200), 120.0, "in_progress: 1,200 of 50,000, 120/s, 7 min left"),
        (
            batch(completed=9, failed=1),
            0.5,
            "in_progress: 10 of 50,000, 30/min, 28 h left, 1 failed",
        ),
        (batch("finalizing", completed=50_000), 120.0, "finalizing: 50,000 of 50,000"),
    ],
)
def test_progress_is_completed_of_total_rate_and_time_left(
    shown: dict[str, Any], rate: float | None, text: str
) -> None:
    assert describe(shown, rate) == text
    assert len(text) <= 60


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 s"),
        (60, "60 s"),
        (61, "2 min"),
        (3_540, "59 min"),
        (3_541, "1 h"),
        (7_500, "2 h 5 min"),
        (36_001, "11 h"),
    ],
)
def test_the_time_left_is_rounded_up(seconds: float, text: str) -> None:
    assert format_left(seconds) == text


def test_a_rate_counts_from_the_first_look() -> None:
    rate = Rate()
    assert rate.of(100, 10.0) is None
    assert rate.of(150, 11.0) is None  # too soon
    assert rate.of(100, 20.0) is None  # nothing done
    assert rate.of(300, 20.0) == 20.0


def test_error_lines_go_beside_the_output() -> None:
    assert error_path(Path("a/results.jsonl")) == Path("a/results.errors.jsonl")
    assert error_path(Path("results")) == Path("results.errors")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_ids_are_whole_and_nothing_wraps(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    for name, value in (("TERM", "xterm"), ("NO_COLOR", "1"), ("COLUMNS", str(width))):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr("time.time", lambda: NOW)
    rows = [
        commands._row(batch("in_progress", 50_000, 12_345, 6) | {"id": batch_id})
        for batch_id in IDS
    ]
    show_table(commands.COLUMNS, rows, commands.LEFT_OUT_FIRST)
    heading, *lines = terminal.getvalue().splitlines()
    assert heading.startswith("ID ")
    assert "REQU" in heading
    for line, batch_id in zip(lines, IDS, strict=True):
        assert line.split()[:2] == [batch_id, "in_progress"]
        assert cell_len(line) <= width
        assert "12,345" in line


COMMANDS = ["create", "ls", "show", "cancel", "get", "run"]


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example_and_fits(
    command: str,
    width: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["batch", command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Example" in shown
    assert f"linegate batch {command}" in shown
    text = [line for line in shown.splitlines() if "linegate batch" not in line]
    assert max(map(len, text)) <= width


def test_without_a_command_the_group_shows_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "--help"]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in COMMANDS)
