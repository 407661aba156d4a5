"""Sweep everything there is, as far as the time goes, and go on from there the next time.

A round is the sweeps in their order. The operator's run is one walk over all of them and hands back
where it stopped. The scheduled run, once an hour, always looks for unchecked files; once a day it
begins a round of the rest, and until that is over each run goes on where the last one stopped.

Memory: one page of either store, 1,000 objects or 1 MB of records.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from lambdas.stores import object_inventory
from lambdas.workflows.findings import Page, Sweep
from lambdas.workflows.sweeping import Tally, sweep_page

RemainingMs = Callable[[], int]
"""Milliseconds until Lambda ends the function."""

RESERVE_MS = 60_000
"""No page begins later: a page takes a second or two, and longer where a store is slow."""

ROUND_S = 86_400
"""How often the scheduled run begins a round."""

HOURLY = (Sweep.UNCHECKED,)
DAILY = (Sweep.FILES, Sweep.PARTS, Sweep.RECORDS, Sweep.USAGE)


class Position(NamedTuple):
    """The page of a round that comes next."""

    sweep: Sweep
    cursor: str | None = None


@dataclass(frozen=True)
class Progress:
    """The scheduled round: when it began and where it is; None when it is over."""

    began_at: int
    position: Position | None

    @classmethod
    def parse(cls, text: str) -> "Progress":
        fields = json.loads(text)
        at = fields["position"]
        return cls(fields["began_at"], Position(Sweep(at[0]), at[1]) if at else None)


def walk(
    position: Position | None,
    sweeps: Sequence[Sweep],
    now: int,
    remaining_ms: RemainingMs,
    *,
    repair: bool,
) -> Iterator[tuple[Page, Position | None]]:
    """Each page with the position after it, None at the end; stops early when the time is up.

    Raises Unavailable or TooMuchWithoutRecord; what was yielded before is done.
    """
    tally = Tally()
    while position is not None and remaining_ms() > RESERVE_MS:
        page = sweep_page(position.sweep, position.cursor, now, tally, repair=repair)
        position = _after(position.sweep, page, sweeps)
        yield page, position


def walk_scheduled(now: int, remaining_ms: RemainingMs) -> Iterator[Page]:
    """The scheduled run, repairing. Its progress is kept after every page."""
    for page, _ in walk(Position(HOURLY[0]), HOURLY, now, remaining_ms, repair=True):
        yield page
    progress = _current_round(now)
    for page, position in walk(progress.position, DAILY, now, remaining_ms, repair=True):
        _keep(Progress(progress.began_at, position))
        yield page


def _current_round(now: int) -> Progress:
    kept = object_inventory.read_progress()
    if kept is not None:
        progress = Progress.parse(kept)
        if progress.position is not None or now < progress.began_at + ROUND_S:
            return progress
    return Progress(now, Position(DAILY[0]))


def _keep(progress: Progress) -> None:
    object_inventory.write_progress(json.dumps(asdict(progress)))


def _after(sweep: Sweep, page: Page, sweeps: Sequence[Sweep]) -> Position | None:
    if page.cursor is not None:
        return Position(sweep, page.cursor)
    following = sweeps[sweeps.index(sweep) + 1 :]
    return Position(following[0]) if following else None
