"""Sweeps that are larger than one run: each ends in time, whatever the others need."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.domain.errors import Unavailable
from lambdas.stores import object_inventory
from lambdas.workflows import reconciling
from lambdas.workflows.findings import Page, Sweep
from lambdas.workflows.sweeping import TooMuchWithoutRecord

RUN_MS = 900_000
PAGE_MS = 2_000
HOUR_S = 3_600
PAGES_OF_A_RUN = (RUN_MS - reconciling.RESERVE_MS) // PAGE_MS

PAGES = {
    Sweep.UNCHECKED: 5_000,
    Sweep.FILES: 1_000,
    Sweep.PARTS: 10,
    Sweep.RECORDS: 3_000,
    Sweep.USAGE: 600,
}
"""Some 2.5 million unchecked files, a million objects, and 1.5 million records."""


class Runs:
    """Hourly runs of sweeps that have so many pages, each of which takes PAGE_MS."""

    def __init__(self, pages: dict[Sweep, int], monkeypatch: pytest.MonkeyPatch) -> None:
        self.pages = pages
        self.swept: Counter[tuple[Sweep, int]] = Counter()
        """How often each page was swept."""
        self.ended: Counter[Sweep] = Counter()
        """How often each sweep got to its end."""
        self.failing: dict[Sweep, Exception] = {}
        self.number = 0
        self._left_ms = 0
        self._kept: str | None = None
        monkeypatch.setattr(reconciling, "sweep_page", self._sweep_page)
        monkeypatch.setattr(object_inventory, "read_progress", lambda: self._kept)
        monkeypatch.setattr(object_inventory, "write_progress", self._keep)

    def run(self) -> None:
        self._left_ms = RUN_MS
        now = self.number * HOUR_S
        self.number += 1
        for _ in reconciling.walk_scheduled(lambda: now * 1_000, lambda: self._left_ms):
            pass

    def until(self, done: Callable[[], bool], most: int) -> int:
        """How many runs it took; no more than `most`."""
        began = self.number
        while not done():
            assert self.number - began < most, f"not within {most} runs"
            self.run()
        return self.number - began

    def _sweep_page(self, sweep: Sweep, cursor: str | None, *_: Any, **__: Any) -> Page:
        self._left_ms -= PAGE_MS
        if sweep in self.failing:
            raise self.failing[sweep]
        number = int(cursor or 0)
        self.swept[sweep, number] += 1
        if number + 1 < self.pages[sweep]:
            return Page([], 0, str(number + 1))
        self.ended[sweep] += 1
        return Page([], 0, None)

    def _keep(self, progress: str) -> None:
        self._kept = progress


@pytest.mark.parametrize("sweep", Sweep)
def test_every_sweep_ends_although_all_are_larger_than_a_run(
    monkeypatch: pytest.MonkeyPatch, sweep: Sweep
) -> None:
    runs = Runs(PAGES, monkeypatch)
    at_least = PAGES_OF_A_RUN // len(Sweep)
    runs.until(lambda: runs.ended[sweep] > 0, most=-(-PAGES[sweep] // at_least))


def test_no_page_is_swept_twice_before_the_sweep_begins_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = Runs(PAGES, monkeypatch)
    runs.until(lambda: runs.ended[Sweep.UNCHECKED] > 0, most=60)
    assert {runs.swept[Sweep.UNCHECKED, number] for number in range(PAGES[Sweep.UNCHECKED])} == {1}


def test_time_that_one_sweep_does_not_need_is_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever it is that is large."""
    for large in (Sweep.UNCHECKED, Sweep.USAGE):
        runs = Runs(dict.fromkeys(Sweep, 1) | {large: PAGES_OF_A_RUN - len(Sweep) + 1}, monkeypatch)
        runs.run()
        assert runs.ended[large] == 1


def test_unchecked_files_are_looked_for_hourly_and_usage_at_least_every_twelve_hours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = Runs(dict.fromkeys(Sweep, 1), monkeypatch)
    for _ in range(48):
        runs.run()
    assert runs.ended == {
        Sweep.UNCHECKED: 48,
        Sweep.FILES: 2,
        Sweep.PARTS: 2,
        Sweep.RECORDS: 2,
        Sweep.USAGE: 5,
    }


@pytest.mark.parametrize("failure", [Unavailable(), TooMuchWithoutRecord()])
@pytest.mark.parametrize("sweep", Sweep)
def test_a_sweep_that_fails_keeps_its_place_and_none_from_its_own(
    monkeypatch: pytest.MonkeyPatch, sweep: Sweep, failure: Exception
) -> None:
    """The queue, say, refuses every message."""
    runs = Runs(dict.fromkeys(Sweep, 3), monkeypatch)
    runs.failing[sweep] = failure
    with pytest.raises(type(failure)):
        runs.run()
    assert set(runs.ended) == set(Sweep) - {sweep}
    runs.failing.clear()
    runs.run()
    assert runs.ended[sweep] == 1
