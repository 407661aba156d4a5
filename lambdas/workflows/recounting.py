"""Find accounts that count for something else than their records hold.

A record that goes gives back what it held a moment later, when the table's stream tells of it.
Where that fails until the stream has forgotten it, its account counts for the file for ever.

It is only reported. A removal that is under way looks the same, and whether any waits is known to
an operator and not here; and no function that only tidies up should be able to write a record.
"""

from collections.abc import Iterable
from dataclasses import asdict
from time import sleep

from lambdas.stores import usage_inventory
from lambdas.stores.usage_inventory import Comparison
from lambdas.workflows.findings import Finding, Kind, Page

SETTLED_S = 10
"""Several times as long as a removal that works is under way."""


def recount_page(cursor: str | None) -> Page:
    """Examine one page of accounts. Raises Unavailable.

    An account that changes while it is looked at is passed over.
    """
    page = usage_inventory.scan_page(cursor)
    found = [
        Finding(Kind.MISCOUNTED, one.account, one.surplus.bytes, counts=asdict(one.surplus))
        for one in _settled(page.accounts)
    ]
    return Page(found, len(page.accounts), page.cursor)


def _settled(accounts: Iterable[str]) -> list[Comparison]:
    """Those that are miscounted, and by as much as a moment ago."""
    first = [one for one in map(usage_inventory.compare, accounts) if one and one.surplus]
    if first:
        sleep(SETTLED_S)
    return [one for one in first if usage_inventory.compare(one.account) == one]
