"""Correct usage counters that disagree with the accounts' records.

What was reserved for a record that was never written, or not released after one had gone, stays
counted for ever. Three reads distinguish it from what is still in progress:

1. What the account counts for, and beside it what its records hold. Where the first is not more,
   there is nothing to correct.
2. SETTLED_S later, when every request of then has ended: what its records hold.
3. What has been released since the first look.

Of what the first look counted, whatever is neither held in the second nor released by the third has
no record and will have none: it is taken off. A release that is still on its way, because the
table's stream is late, would take it off twice; so the correction refuses the releases of all that
went before it, by a time that is later than the second look. That may refuse one of a record that
the second look still saw: an account that deletes without pause may stay counted for as many files
as it deletes in a few seconds, until the next time. Never for too few.

An account that counts for less than its records hold, as after a restore, is raised at once.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from time import sleep

from lambdas.domain.usage import Usage
from lambdas.stores import usage_inventory, usage_table
from lambdas.stores.usage_table import Counted
from lambdas.workflows.checking import Clock
from lambdas.workflows.findings import Finding, Kind, Page

SETTLED_S = 35
"""Longer than any request that reserves runs (29 s)."""

SKEW_S = 5
"""More than clocks differ, and than a stream's times are rounded."""

HELD_S = 60
"""The longest that one account's records are read: some two million of them."""

TRIES = 8
"""Most attempts at correcting one account while it releases something each time."""


@dataclass(frozen=True, slots=True)
class _Suspect:
    account: str
    counted: Counted


def recount_page(cursor: str | None, clock: Clock, *, repair: bool) -> Page:
    """Examine one page of accounts and, with `repair`, correct them. Raises Unavailable.

    It takes at least SETTLED_S where any account may be miscounted.
    """
    page = usage_inventory.scan_page(cursor)
    suspects = list(_suspects(page.accounts, clock))
    if suspects:
        sleep(SETTLED_S)
    found = [finding for one in suspects if (finding := _settle(one, clock, repair))]
    return Page(found, len(page.accounts), page.cursor)


def _suspects(accounts: Iterable[str], clock: Clock) -> Iterator[_Suspect]:
    for account in accounts:
        counted = usage_table.read(account)
        held = usage_inventory.count_held(account, _in_time(clock))
        if held is not None and held != counted.usage:
            yield _Suspect(account, counted)


def _settle(suspect: _Suspect, clock: Clock, repair: bool) -> Finding | None:
    """The second and third look, and the correction; None where there is nothing to correct."""
    before = usage_table.read(suspect.account)
    held = usage_inventory.count_held(suspect.account, _in_time(clock))
    until = clock() // 1_000 + SKEW_S
    if held is None:
        return None
    for _ in range(TRIES):
        counted = usage_table.read(suspect.account)
        if counted.corrected_until != suspect.counted.corrected_until:
            return None
        surplus = _surplus(suspect.counted, before, counted, held)
        if not surplus:
            return None
        if not repair or usage_table.correct(suspect.account, surplus, counted, until):
            return Finding(
                Kind.MISCOUNTED, suspect.account, surplus.bytes, repair, counts=asdict(surplus)
            )
    return None


def _surplus(first: Counted, before: Counted, last: Counted, held: Usage) -> Usage:
    """What is counted and not held, at least; below nothing what is held and not counted.

    `held` was read between `before` and `last`; what it has may have been released meanwhile.
    """
    above = first.usage - (last.released - first.released) - held
    below = held - last.usage - (last.released - before.released)
    return above.positive - below.positive


def _in_time(clock: Clock) -> Callable[[], bool]:
    ends_at = clock() + HELD_S * 1_000
    return lambda: clock() < ends_at
