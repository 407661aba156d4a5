"""Wait for a batch, and show how far it is: completed of total, rate, time left."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .service import ENDED, Batch, Batches

FIRST_POLL_S, LONGEST_POLL_S = 0.5, 10.0
POLL_GROWTH = 1.3
"""Soon at first, for small batches; a large one is asked for every ten seconds."""

RATE_AFTER_S = 2.0
"""Of less time no rate is worth showing."""

Show = Callable[[str], None]


class Rate:
    """Requests a second since the first look at a batch."""

    def __init__(self) -> None:
        self._first: tuple[float, int] | None = None

    def of(self, done: int, now: float) -> float | None:
        """None as long as there is none."""
        if self._first is None:
            self._first = now, done
        began_at, before = self._first
        if now - began_at < RATE_AFTER_S or done <= before:
            return None
        return (done - before) / (now - began_at)


def describe(batch: Batch, rate: float | None) -> str:
    """Like `in_progress: 1,200 of 50,000, 120/s, 7 min left`. Pure."""
    counts = batch["request_counts"]
    done, total = counts["completed"] + counts["failed"], counts["total"]
    if not total:
        return str(batch["status"])
    text = f"{batch['status']}: {done:,} of {total:,}"
    if rate and done < total:
        text += f", {rate:,.0f}/s" if rate >= 1 else f", {rate * 60:,.0f}/min"
        text += f", {format_left((total - done) / rate)} left"
    if counts["failed"]:
        text += f", {counts['failed']:,} failed"
    return text


def format_left(seconds: float) -> str:
    """Rounded up: `40 s`, `7 min`, `2 h 5 min`. Pure."""
    if seconds <= 60:
        return f"{max(1, -(-seconds // 1)):.0f} s"
    minutes = int(-(-seconds // 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 600 and minutes % 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{-(-minutes // 60)} h"


def wait(batches: Batches, batch: Batch, quiet: bool) -> Batch:
    """The batch once it has ended. Raises Failure."""
    rate, pause_s = Rate(), FIRST_POLL_S
    with _shown(not quiet) as show:
        while batch["status"] not in ENDED:
            counts = batch["request_counts"]
            done = counts["completed"] + counts["failed"]
            show(describe(batch, rate.of(done, time.monotonic())))
            time.sleep(pause_s)
            pause_s = min(pause_s * POLL_GROWTH, LONGEST_POLL_S)
            batch = batches.get(batch["id"])
    return batch


@contextmanager
def _shown(wanted: bool) -> Iterator[Show]:
    """One line of a terminal, which is wiped away at the end; nothing without a terminal."""
    if not wanted or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)

    def line(text: str) -> Text:
        return Text(text, no_wrap=True, overflow="ellipsis")

    with console.status(line("waiting")) as status:
        yield lambda text: status.update(line(text))
