"""What a person sees, at the widths that terminals have."""

import io
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from linegate.api_keys import Role, new_api_key
from linegate.cli import files
from linegate.cli.app import main
from linegate.cli.keys.commands import COLUMNS, LEFT_OUT_FIRST, _row
from linegate.cli.terminal import describe_progress, format_age, show_table, write

DAY = 86_400
NOW = 1_800_000_000
IDS = [f"file-01JDZW6V8F6Q2M3N4P5R6S7T{number}" for number in range(10, 13)]
NAMES = ["a.jsonl", "[bold]not bold[/bold].jsonl", "日本語の" * 12 + ".jsonl"]
COMMANDS = ["upload", "ls", "show", "get", "rm", "login", "logout", "relay", "check"]
KEY_COMMANDS = ["create", "list", "revoke"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def list_at(width: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    terminal = Terminal()
    for name, value in (("TERM", "xterm"), ("NO_COLOR", "1"), ("COLUMNS", str(width))):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr("time.time", lambda: NOW)
    found: list[Any] = [
        {
            "id": file_id,
            "status": "processed",
            "line_count": 50_000,
            "bytes": 200 << 20,
            "created_at": NOW - 7_300,
            "expires_at": NOW + 6 * DAY + 9,
            "filename": name,
        }
        for file_id, name in zip(IDS, NAMES, strict=True)
    ]
    show_table(files.COLUMNS, [files._row(file) for file in found], files.LEFT_OUT_FIRST)
    return terminal.getvalue().splitlines()


@pytest.mark.parametrize("width", [50, 60, 80, 120])
def test_ids_are_whole_and_nothing_wraps(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    heading, *rows = list_at(width, monkeypatch)
    assert len(rows) == len(IDS)
    assert heading.startswith("ID ")
    assert "NAME" in heading
    for row, file_id in zip(rows, IDS, strict=True):
        assert row.split()[:2] == [file_id, "processed"]
        assert cell_len(row) <= width
    assert "a.js" in rows[0]
    assert "…" in rows[2]


def test_wider_terminals_show_more(monkeypatch: pytest.MonkeyPatch) -> None:
    heading, row, *_ = list_at(120, monkeypatch)
    assert heading.split() == list(files.COLUMNS)
    assert " 2 h ago " in row
    assert " in 6 days " in row
    assert " 200.0 MiB " in row


def test_markup_in_a_name_is_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "[bold]not bold[/bold].jsonl" in list_at(120, monkeypatch)[2]


@pytest.mark.parametrize("width", [60, 80])
def test_keys_of_long_accounts_fit(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys, "stdout", terminal)
    now, expires_at = NOW, NOW + 90 * DAY
    key, _ = new_api_key("account-" + "x" * 30, "laptop of somebody", now, Role.WORKER, expires_at)
    show_table(COLUMNS, [_row(key, now)], LEFT_OUT_FIRST, "ACCOUNT")
    heading, row = terminal.getvalue().splitlines()
    assert max(len(heading), len(row)) <= width
    assert row.startswith(f"{key.key_id}  account-xx")
    assert "active" in row
    assert row.endswith("laptop of somebody")


@pytest.mark.parametrize(
    ("distance", "shown"),
    [
        (0, "now"),
        (-1, "1 s ago"),
        (-59, "59 s ago"),
        (-60, "1 min ago"),
        (-7_199, "1 h ago"),
        (-DAY, "1 day ago"),
        (6 * DAY + 5, "in 6 days"),
        (3_600, "in 1 h"),
    ],
)
def test_ages_are_relative(distance: int, shown: str) -> None:
    assert format_age(NOW + distance, NOW) == shown


def test_the_rate_counts_only_what_went_over_the_network() -> None:
    mib = 1 << 20
    assert describe_progress(30 * mib, 200 * mib, 0, 10.0) == "30.0/200.0 MiB 3.0 MiB/s"
    resumed = describe_progress(180 * mib, 200 * mib, 150 * mib, 10.0)
    assert resumed == "180.0/200.0 MiB 3.0 MiB/s"
    assert describe_progress(150 * mib, 200 * mib, 150 * mib, 10.0) == "150.0/200.0 MiB"
    assert describe_progress(5, None, 0, 10.0) == ""


@pytest.mark.parametrize("width", [60, 80])
@pytest.mark.parametrize(
    "command",
    [(), ("keys",), *((name,) for name in COMMANDS), *(("keys", name) for name in KEY_COMMANDS)],
)
def test_every_help_has_an_example_and_fits(
    command: tuple[str, ...],
    width: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main([*command, "--help"]) == 0
    shown = capsys.readouterr().out
    example = " ".join(("linegate", *command))
    assert "Example" in shown
    assert example in shown.partition("Example")[2]
    assert not set(shown) & set("│\b")
    assert max(map(len, shown.splitlines())) <= width
    assert "list[" not in shown


@pytest.mark.parametrize("width", [60, 80])
def test_no_command_s_summary_is_cut(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for arguments in ([], ["keys"]):
        assert main([*arguments, "--help"]) == 0
        shown = capsys.readouterr().out
        commands = shown.partition("Commands:")[2]
        assert commands
        assert "..." not in commands


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("linegate 0.")


def test_wrong_usage_is_said_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check", "--md5", "nonsense", str(tmp_path / "x")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("an MD5 is") == 1


def test_no_word_is_broken_across_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys, "stdout", terminal)
    words = "  line 1  missing_required_parameter: custom_id is missing. Add it and try again."
    command = "    gunzip -c requests.jsonl.gz | linegate upload - --name requests.jsonl"
    write(f"{words}\n{command}")
    *lines, last = terminal.getvalue().splitlines()
    assert (len(lines), last) == (2, command)
    assert max(map(len, lines)) <= 60
    assert " ".join(" ".join(lines).split()) == " ".join(words.split())
