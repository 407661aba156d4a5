"""Sweep everything there is, as far as the time goes, and resume from there the next time.

The operator's run is one walk over all sweeps in their order, and returns where it stopped.

The scheduled run, once an hour, continues every sweep that is under way and begins those that are
due. Each has its own cursor and its share of the run's time: what is left, divided by the sweeps
that still wait for theirs. So a sweep of n pages ends within a number of runs that depends on n
alone, however large the others are; time that one does not need is the others'. A sweep that fails
does not keep the others from their shares either.

Memory: one page of either store, 1,000 objects or 1 MB of records.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lambdas.domain.errors import Unavailable
from lambdas.stores import object_inventory
from lambdas.workflows.checking import Clock
from lambdas.workflows.findings import Page, Sweep
from lambdas.workflows.sweeping import Tally, TooMuchWithoutRecord, sweep_page

RemainingMs = Callable[[], int]
"""Milliseconds until Lambda ends the function."""

RESERVE_MS = 120_000
"""No page begins later: a page takes a second or two, longer where a store is slow, and a recount
of accounts waits (recounting.SETTLED_S) and then reads their records again."""

HOUR_S = 3_600

EVERY_S: Mapping[Sweep, int] = {
    Sweep.UNCHECKED: 0,
    Sweep.FILES: 24 * HOUR_S,
    Sweep.PARTS: 24 * HOUR_S,
    Sweep.RECORDS: 24 * HOUR_S,
    Sweep.USAGE: 11 * HOUR_S,
}
"""How long after it began a sweep begins again. 0: with every run that finds it ended. Runs are an
hour apart, so an account's usage is recounted at least every 12 hours."""

SCHEDULE_SLACK_S = 600
"""So much less is enough: a schedule is not to the second, and the next run is an hour away."""


class Position(NamedTuple):
    """The page of a walk that comes next."""

    sweep: Sweep
    cursor: str | None = None


class Progress(NamedTuple):
    """When a sweep began last, and how far it is. `cursor`: None before the first page."""

    began_at: int
    ended: bool = False
    cursor: str | None = None


def walk(
    position: Position | None,
    sweeps: Sequence[Sweep],
    clock: Clock,
    remaining_ms: RemainingMs,
    *,
    repair: bool,
) -> Iterator[tuple[Page, Position | None]]:
    """Each page with the position after it, None at the end; stops early when the time is up.

    Raises Unavailable or TooMuchWithoutRecord; what was yielded before is done.
    """
    tally = Tally()
    while position is not None and remaining_ms() > RESERVE_MS:
        page = sweep_page(position.sweep, position.cursor, clock, tally, repair=repair)
        position = _after(position.sweep, page, sweeps)
        yield page, position


def walk_scheduled(clock: Clock, remaining_ms: RemainingMs) -> Iterator[Page]:
    """The scheduled run, repairing. The progress of each sweep is kept after every page.

    Raises what stopped a sweep, Unavailable or TooMuchWithoutRecord, after the other sweeps. The
    latter first: a person has to look.
    """
    progress = _read_progress(clock() // 1_000)
    failures: list[Unavailable | TooMuchWithoutRecord] = []
    tally = Tally()

    def sweep_until(sweep: Sweep, until_ms: int) -> Iterator[Page]:
        while not progress[sweep].ended and remaining_ms() > until_ms:
            began_at, _, cursor = progress[sweep]
            page = sweep_page(sweep, cursor, clock, tally, repair=True)
            progress[sweep] = Progress(began_at, page.cursor is None, page.cursor)
            object_inventory.write_progress(json.dumps(progress))
            yield page

    waiting = [sweep for sweep in Sweep if not progress[sweep].ended]
    while waiting and remaining_ms() > RESERVE_MS:
        failed = set()
        for number, sweep in enumerate(waiting):
            left_ms = remaining_ms()
            share_ms = (left_ms - RESERVE_MS) // (len(waiting) - number)
            try:
                yield from sweep_until(sweep, left_ms - share_ms)
            except (Unavailable, TooMuchWithoutRecord) as error:
                failures.append(error)
                failed.add(sweep)
        waiting = [each for each in waiting if not progress[each].ended and each not in failed]
    for failure in sorted(failures, key=lambda each: isinstance(each, Unavailable)):
        raise failure


def _read_progress(now: int) -> dict[Sweep, Progress]:
    """Where each sweep is: as it was kept, or at the beginning where it is due."""
    text = object_inventory.read_progress()
    kept = json.loads(text) if text is not None else {}
    progress = {}
    for sweep in Sweep:
        last = Progress(*kept[sweep]) if sweep in kept else Progress(now)
        due = now >= last.began_at + EVERY_S[sweep] - SCHEDULE_SLACK_S
        progress[sweep] = Progress(now) if last.ended and due else last
    return progress


def _after(sweep: Sweep, page: Page, sweeps: Sequence[Sweep]) -> Position | None:
    if page.cursor is not None:
        return Position(sweep, page.cursor)
    following = sweeps[sweeps.index(sweep) + 1 :]
    return Position(following[0]) if following else None
