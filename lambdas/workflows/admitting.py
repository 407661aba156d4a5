"""A new record reserves its place among what its account may hold, before it is written.

One call to AWS; where a quota is met, and expired records were not looked for in vain during the
last minute, as many of those are removed as are needed, and the reservation is tried again.
"""

from lambdas.domain.limits import Limits
from lambdas.domain.usage import Usage
from lambdas.stores import removed_records, usage_table
from lambdas.stores.usage_table import QuotaMet


def admit(account: str, wanted: Usage, limits: Limits, now: int) -> None:
    """Reserve what a record is to hold. Raises QuotaExceeded, which says which quota, or
    Unavailable.

    The record has to be written within recounting.SETTLED_S, or the place be withdrawn.
    """
    try:
        usage_table.reserve(account, wanted, limits)
    except QuotaMet as met:
        if met.looked_at > now - removed_records.LOOK_EVERY_S:
            raise met.error from met
        if not removed_records.reclaim(account, met.needed, now):
            raise met.error from met
        _reserve_after_all(account, wanted, limits)


def withdraw(account: str, wanted: Usage, now: int) -> None:
    """Give up the place of a record that certainly was not written and never will be.

    `now` is when it was reserved, or before.
    """
    usage_table.release(account, wanted, now)


def _reserve_after_all(account: str, wanted: Usage, limits: Limits) -> None:
    try:
        usage_table.reserve(account, wanted, limits)
    except QuotaMet as met:
        raise met.error from met
