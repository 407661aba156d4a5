"""What a person sees. Results go to standard output, all else to standard error."""

import re
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from ..transfer.objects import File

if TYPE_CHECKING:  # rich is imported when something is drawn: most commands answer without it
    from rich.console import RenderableType
    from rich.progress import Progress, ProgressColumn, TaskID

DURATION = re.compile(r"(\d+)([smhd]?)")
SECONDS_IN = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


def printable(text: str) -> str:
    """A file's name may hold what moves a terminal's cursor, or what it cannot show."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def note(text: str) -> None:
    print(f"linegate: {printable(text)}", file=sys.stderr)


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
        self._task = self._progress.add_task(printable(text), total=total_bytes)

    def at(self, done_bytes: int) -> None:
        if self._progress and self._task is not None:
            self._progress.update(self._task, completed=done_bytes)


@contextmanager
def show_bar() -> Iterator[Bar]:
    """It is wiped away at the end, whatever that is."""
    if not sys.stderr.isatty():
        yield Bar(None)
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Bar(None)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        *_amount_columns(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress)


def _amount_columns() -> Sequence["ProgressColumn"]:
    """Those that are left out while nobody knows how far it is."""
    from rich import progress

    class Known(progress.ProgressColumn):
        def __init__(self, column: progress.ProgressColumn) -> None:
            super().__init__()
            self._column = column

        def render(self, task: progress.Task) -> "RenderableType":
            return self._column(task) if task.total else ""

    return (
        progress.BarColumn(bar_width=None),
        Known(progress.DownloadColumn(binary_units=True)),
        Known(progress.TransferSpeedColumn()),
        Known(progress.TimeRemainingColumn()),
    )


def format_errors(error: dict[str, Any]) -> str:
    """Line errors as the service lists them, one a line, as `linegate check` prints its own."""
    errors = error["errors"]["data"]
    places = ["whole file" if e["line"] is None else f"line {e['line']:,}" for e in errors]
    width = max(map(len, places), default=0)
    lines = [
        f"  {where:{width}}  {e['code']}: {printable(e['message'])}"
        for where, e in zip(places, errors, strict=True)
    ]
    unlisted = (error.get("error_count") or 0) - len(errors)
    if unlisted > 0:
        lines.append(f"  and {unlisted:,} more")
    return "\n".join(lines)


def show_files(files: list[File]) -> None:
    """A table for a person, tab-separated values for a pipe."""
    from rich.console import Console

    shown_size = format_size if Console().is_terminal else str
    columns = ("ID", "STATUS", "REQUESTS", "SIZE", "CREATED", "NAME")
    show_table(columns, [_row(file, shown_size(file["bytes"])) for file in files])


def show_table(columns: Sequence[str], rows: list[list[str]]) -> None:
    """With headings for a person, tab-separated values for a pipe."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        for row in rows:
            print(*map(printable, row), sep="\t")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        right = name in ("REQUESTS", "SIZE")
        table.add_column(name, justify="right" if right else "left", no_wrap=name != "NAME")
    for row in rows:
        table.add_row(*(printable(cell).replace("[", "\\[") for cell in row))
    console.print(table, highlight=False)


def _row(file: File, shown_size: str) -> list[str]:
    requests = "" if file.get("line_count") is None else str(file["line_count"])
    created = format_time(file["created_at"])
    return [file["id"], file["status"], requests, shown_size, created, file["filename"]]


def format_size(count: int) -> str:
    if count < 1 << 10:
        return f"{count} B"
    for power, unit in ((30, "GiB"), (20, "MiB"), (10, "KiB")):
        if count >= 1 << power:
            return f"{count / (1 << power):.1f} {unit}"
    raise AssertionError("one of them fits")


def format_time(unix_s: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(unix_s))


def parse_duration(text: str) -> int:
    """3600, 90m, 12h or 7d."""
    found = DURATION.fullmatch(text)
    if not found:
        raise typer.BadParameter("must be like 3600, 90m, 12h or 7d")
    return int(found[1]) * SECONDS_IN[found[2]]
