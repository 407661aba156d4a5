"""Clean up after records that were removed, whether by deletion or by expiry.

A batch of records costs few calls, whatever their accounts: S3 and DynamoDB delete many things at
once. Every step may be repeated: deleting what is not there is no error. A step that fails for one
record keeps neither the other records nor the other steps from being done.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from lambdas.domain.errors import Unavailable
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.stores import (
    multipart_store,
    object_inventory,
    part_store,
    removed_records,
    table_inventory,
)
from lambdas.stores.removed_records import Removal

CALLS_AT_ONCE = 8
"""Of steps that S3 takes for one upload at a time."""

Failures = Mapping[FileKey, Exception]
"""Records that something is left of, and why."""


def follow_removals(removals: Sequence[Removal], now: int) -> Failures:
    """Release what records held of their accounts' quotas, then remove their traces.

    In this order, so that a failure to delete bytes does not hold up the account's quota.
    """
    unreleased = _release(removals, now)
    return {**remove_traces([removal.record for removal in removals]), **unreleased}


def _release(removals: Sequence[Removal], now: int) -> Failures:
    """One update for each account."""
    by_account: dict[str, list[Removal]] = defaultdict(list)
    for removal in removals:
        by_account[removal.record.key.account].append(removal)

    def attempt(account: str) -> Exception | None:
        try:
            removed_records.release(account, by_account[account], now)
        except Exception as error:  # noqa: BLE001  # each account's failure is its own
            return error
        return None

    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        outcomes = dict(zip(by_account, pool.map(attempt, by_account), strict=True))
    return {
        removal.record.key: error
        for removal in removals
        if (error := outcomes[removal.record.key.account])
    }


def remove_traces(records: Sequence[FileRecord]) -> Failures:
    """Delete bytes, parts and reports of records that are no longer in the table; 1,000 at most.

    Uploads are aborted first: nothing can become an object behind its deletion. One that became a
    file has none open, and only files have reports.
    """
    unended = [r for r in records if r.status in (Status.PENDING, Status.CANCELLED)]
    proxied = [r for r in records if r.proxied_bytes]
    files = [r for r in records if r.is_file]
    return {
        **_one_by_one(multipart_store.abort, [r for r in unended if r.multipart_id]),
        **_together(_delete_objects, records),
        **_one_by_one(lambda record: part_store.delete_all(record.key), proxied),
        **_together(_delete_reports, files),
    }


def _delete_objects(records: Sequence[FileRecord]) -> set[FileKey]:
    keys = {record.object_key: record.key for record in records}
    return {keys[left] for left in object_inventory.delete_objects(list(keys))}


def _delete_reports(records: Sequence[FileRecord]) -> set[FileKey]:
    table_inventory.delete_reports({record.key for record in records})
    return set()


def _one_by_one(step: Callable[[FileRecord], object], records: Sequence[FileRecord]) -> Failures:
    def attempt(record: FileRecord) -> Exception | None:
        try:
            step(record)
        except Exception as error:  # noqa: BLE001  # each record's failure is its own
            return error
        return None

    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        outcomes = list(pool.map(attempt, records))
    return {record.key: error for record, error in zip(records, outcomes, strict=True) if error}


def _together(
    step: Callable[[Sequence[FileRecord]], set[FileKey]], records: Sequence[FileRecord]
) -> Failures:
    """`step` returns the records that it was refused for."""
    if not records:
        return {}
    try:
        return {key: Unavailable() for key in step(records)}
    except Exception as error:  # noqa: BLE001  # the other steps are still to be done
        return {record.key: error for record in records}
