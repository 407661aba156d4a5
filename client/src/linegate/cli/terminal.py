"""What a person sees. Results go to standard output, all else to standard error."""

import re
import shutil
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import typer

if TYPE_CHECKING:  # rich is imported when something is drawn: most commands answer without it
    from rich.progress import Progress, TaskID

DURATION = re.compile(r"(\d+)([smhd]?)")
COMMAND_INDENT = "    "
SECONDS_IN = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def printable(text: str) -> str:
    """A file's name may hold what moves a terminal's cursor, or what it cannot show."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def note(text: str) -> None:
    write(f"linegate: {printable(text)}", sys.stderr)


def write(text: str, stream: TextIO | None = None) -> None:
    """Print lines; to a terminal, wrapped between words.

    Lines that begin with four spaces are commands to copy, and stay as they are.
    """
    to = stream or sys.stdout
    if to.isatty():
        width = shutil.get_terminal_size().columns
        text = "\n".join(wrapped for line in text.split("\n") for wrapped in _wrap(line, width))
    print(text, file=to)


def _wrap(line: str, width: int) -> list[str]:
    if line.startswith(COMMAND_INDENT):
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    wrapped = textwrap.wrap(
        line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return wrapped or [line]


class Bar:
    """How far one file has come. Shows nothing where standard error is no terminal."""

    def __init__(self, progress: "Progress | None") -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def phase(self, text: str, total_bytes: int | None) -> None:
        """What happens from now on; without total_bytes nobody knows how far it is."""
        if not self._progress:
            return
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(printable(text), total=total_bytes, held=0)

    def at(self, done_bytes: int, held_bytes: int = 0) -> None:
        """`held_bytes` of them were there before this began, and count for no rate."""
        if self._progress and self._task is not None:
            self._progress.update(self._task, completed=done_bytes, held=held_bytes)


@contextmanager
def show_bar(wanted: bool = True) -> Iterator[Bar]:
    """It is wiped away at the end, whatever that is."""
    if not wanted or not sys.stderr.isatty():
        yield Bar(None)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.table import Column
    from rich.text import Text

    class AmountColumn(ProgressColumn):
        def render(self, task: Task) -> Text:
            held = task.fields["held"]
            return Text(describe_progress(task.completed, task.total, held, task.elapsed))

    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn(
            "{task.description}",
            markup=False,
            table_column=Column(ratio=2, no_wrap=True, overflow="ellipsis"),
        ),
        BarColumn(bar_width=None, table_column=Column(ratio=1)),
        AmountColumn(table_column=Column(no_wrap=True)),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress)


def describe_progress(done: float, total: float | None, held: int, elapsed_s: float | None) -> str:
    """Like `12.0/200.0 MiB 3.1 MiB/s`; the rate is of what went over the network, all in all."""
    if not total:
        return ""
    shown = f"{done / (1 << 20):.1f}/{format_size(int(total))}"
    if not elapsed_s or done <= held:
        return shown
    return f"{shown} {format_size(int((done - held) / elapsed_s))}/s"


def format_errors(error: dict[str, Any], most: int | None = None) -> str:
    """Line errors as the service lists them, one a line; `most` None is all of those."""
    listed = error["errors"]["data"]
    errors = listed if most is None else listed[:most]
    places = ["whole file" if e["line"] is None else f"line {e['line']:,}" for e in errors]
    width = max(map(len, places), default=0)
    lines = [
        f"  {where:{width}}  {e['code']}: {printable(e['message'])}"
        for where, e in zip(places, errors, strict=True)
    ]
    unlisted = (error.get("error_count") or len(listed)) - len(errors)
    if unlisted > 0:
        hint = " (--all lists more)" if len(errors) < len(listed) else ""
        lines.append(f"  and {count(unlisted, 'more error')}{hint}")
    return "\n".join(lines)


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


LAST_COLUMN_CHARS = 20
"""As much of the last column is worth more than another column."""

LEAST_CHARS = 6
GAP = "  "
RIGHT = ("REQUESTS", "SIZE")


def show_table(
    columns: Sequence[str],
    rows: list[list[str]],
    narrow: Sequence[str] = (),
    shortened: str | None = None,
) -> None:
    """With headings for a person, tab-separated values for a pipe.

    Nothing wraps. Where a terminal is narrow the columns of `narrow` are left out, the first of
    them first, then `shortened` is cut, and the last column.
    """
    shown = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in shown:
            print(*row, sep="\t")
        return
    if not rows:
        return
    from rich.cells import cell_len, set_cell_size

    cells = {name: [row[n] for row in shown] for n, name in enumerate(columns)}
    widths = {name: max(map(cell_len, (name, *column))) for name, column in cells.items()}
    *before, last = columns
    room = shutil.get_terminal_size().columns

    def cut(cell: str, width: int) -> str:
        return cell if cell_len(cell) <= width else set_cell_size(cell, width - 1).rstrip() + "…"

    def last_width() -> int:
        return room - sum(widths[name] + len(GAP) for name in before)

    for name in narrow:
        if last_width() < min(widths[last], LAST_COLUMN_CHARS):
            before.remove(name)
    missing = min(widths[last], LAST_COLUMN_CHARS) - last_width()
    if shortened and missing > 0:
        widths[shortened] = max(widths[shortened] - missing, len(shortened))
    widths[last] = max(last_width(), LEAST_CHARS)
    for number in range(-1, len(rows)):
        line = [(name, cells[name][number] if number >= 0 else name) for name in before]
        parts = [
            " " * (widths[name] - cell_len(cell)) + cell
            if name in RIGHT
            else set_cell_size(cut(cell, widths[name]), widths[name])
            for name, cell in line
        ]
        print(*parts, cut(cells[last][number] if number >= 0 else last, widths[last]), sep=GAP)


def format_size(count: int) -> str:
    if count < 1 << 10:
        return f"{count} B"
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if count >= 1 << power:
            return f"{count / (1 << power):.1f} {unit}"
    raise AssertionError("one of them fits")


def format_time(unix_s: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(unix_s))


def format_age(unix_s: int, now: float) -> str:
    """How far away a moment is: `2 h ago`, `in 6 days`."""
    distance = unix_s - now
    seconds = abs(distance)
    for unit_s, name in ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= unit_s:
            number = int(seconds // unit_s)
            text = f"{number} {name}s" if name == "day" and number != 1 else f"{number} {name}"
            return f"in {text}" if distance > 0 else f"{text} ago"
    return "now"


def format_moment(unix_s: int, now: float) -> str:
    """Relative for a person at a terminal, exact for a pipe."""
    return format_age(unix_s, now) if sys.stdout.isatty() else str(unix_s)


def parse_duration(text: str) -> int:
    """3600, 90m, 12h or 7d."""
    found = DURATION.fullmatch(text)
    if not found:
        raise typer.BadParameter("must be like 3600, 90m, 12h or 7d")
    return int(found[1]) * SECONDS_IN[found[2]]
