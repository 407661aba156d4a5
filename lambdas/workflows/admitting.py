"""A new record takes its place among what its account may hold.

One call to AWS; where a quota is met, and nobody looked in the last minute, the places of records
that have expired are taken back and the record is tried once more.
"""

from lambdas.domain.file import FileRecord
from lambdas.domain.limits import Limits
from lambdas.stores import file_table, usage_table
from lambdas.stores.file_table import QuotaMet


def admit(record: FileRecord, limits: Limits, now: int) -> None:
    """Begin a record. Raises QuotaExceeded, which says which quota, or Unavailable."""
    try:
        file_table.begin(record, limits)
    except QuotaMet as met:
        if not _reclaimed(record.key.account, met, now):
            raise met.error from met
        _begin_after_all(record, limits)


def _reclaimed(account: str, met: QuotaMet, now: int) -> bool:
    looked_lately = met.looked_at > now - usage_table.LOOK_EVERY_S
    return not looked_lately and usage_table.reclaim(account, now)


def _begin_after_all(record: FileRecord, limits: Limits) -> None:
    try:
        file_table.begin(record, limits)
    except QuotaMet as met:
        raise met.error from met
