"""Hold the bucket and the table against each other, page by page, and collect what was left.

Every way of removing a file can fail for longer than it is repeated. What it leaves is found here:

| sweep     | goes through        | finds                           | repairs by              |
|-----------|---------------------|---------------------------------|-------------------------|
| unchecked | `uploaded` files    | files whose check never came    | asking the finalizer    |
| files     | objects of `files/` | bytes without a record          | deleting them           |
| parts     | objects of `parts/` | parts without a record          | deleting them           |
| records   | records and reports | files without their bytes       | nothing: it is reported |
|           |                     | reports without a record        | deleting them           |
| usage     | accounts            | counts that records don't bear  | correcting them         |

Bytes are deleted only where a record was looked for after they were listed, with a consistent read,
and where they are older than anything in flight: a record is always written before its bytes. An
expired record counts as none, because no state is entered from it and every answer says it is gone.
Multipart uploads without a record are not looked for: nobody was given a URL of theirs, and the
bucket's lifecycle rule ends them.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lambdas.domain.errors import Unavailable
from lambdas.domain.file import LISTED
from lambdas.domain.ids import file_id
from lambdas.domain.keys import (
    FILES_FOLDER,
    PARTS_FOLDER,
    FileKey,
    parse_object_key,
    parse_part_object_key,
)
from lambdas.domain.limits import MAX_UPLOAD_LIFETIME_S
from lambdas.stores import file_table, finalizer_queue, object_inventory, table_inventory
from lambdas.stores.table_inventory import ListedFile
from lambdas.workflows.checking import Clock
from lambdas.workflows.findings import Finding, Kind, Page, Sweep
from lambdas.workflows.recounting import recount_page

MARGIN_S = 3_600
"""More than the longest function runs, and than clocks differ."""

SAFE_AGE_S = MAX_UPLOAD_LIFETIME_S + MARGIN_S
"""Younger bytes are left alone. S3 dates an object from the beginning of its upload."""

UNCHECKED_AGE_S = 15 * 60
"""Only files created before this are asked for again: the queue has most others under way."""

SURPLUS = 100
"""How many more objects may be without a record than with one. A table that was restored, emptied
or is the wrong one must not cost the bytes: then the sweep stops before it deletes."""

CALLS_AT_ONCE = 8
"""Looks at objects, or messages, of one page."""


class TooMuchWithoutRecord(Exception):
    """So many bytes have no record that the table is more likely to be wrong than they are."""


@dataclass
class Tally:
    """How many of the objects seen in a run have a record, and how many have none."""

    with_record: int = 0
    without_record: int = 0

    def add(self, with_record: int, without_record: int) -> None:
        """Raises TooMuchWithoutRecord."""
        self.with_record += with_record
        self.without_record += without_record
        if self.without_record > self.with_record + SURPLUS:
            raise TooMuchWithoutRecord


def sweep_page(
    sweep: Sweep, cursor: str | None, clock: Clock, tally: Tally, *, repair: bool
) -> Page:
    """Examine one page and, with `repair`, repair it. The same page again is harmless.

    Raises Unavailable, or TooMuchWithoutRecord before anything of the page is deleted.
    """
    now = clock() // 1_000
    match sweep:
        case Sweep.UNCHECKED:
            return _sweep_unchecked(cursor, now, repair)
        case Sweep.FILES:
            return _objects(FILES_FOLDER, parse_object_key, cursor, now, tally, repair)
        case Sweep.PARTS:
            return _objects(PARTS_FOLDER, parse_part_object_key, cursor, now, tally, repair)
        case Sweep.RECORDS:
            return _records(cursor, now, repair)
        case Sweep.USAGE:
            return recount_page(cursor, clock, repair=repair)


def _sweep_unchecked(cursor: str | None, now: int, repair: bool) -> Page:
    """Asks again whatever became of the first message: to a check that is done, or under way, the
    second is a repeated event."""
    page = table_inventory.unchecked_page(cursor, now - UNCHECKED_AGE_S, now)
    if repair:
        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            list(pool.map(finalizer_queue.send, (file.object_key for file in page.files)))
    found = [
        Finding(Kind.UNCHECKED_FILE, file_id(file.key.ulid), file.bytes, repair)
        for file in page.files
    ]
    return Page(found, len(page.files), page.cursor)


def _objects(
    folder: str,
    parse: Callable[[str], FileKey | None],
    cursor: str | None,
    now: int,
    tally: Tally,
    repair: bool,
) -> Page:
    page = object_inventory.list_page(folder, cursor)
    owners = {stored: parse(stored.key) for stored in page.objects}
    ends = table_inventory.existing({key for key in owners.values() if key is not None})
    alive = {key for key, expires_at in ends.items() if now < expires_at + MARGIN_S}
    orphans = [
        stored
        for stored, key in owners.items()
        if key is not None and key not in alive and stored.made_at + SAFE_AGE_S <= now
    ]
    if repair:
        tally.add(sum(key in alive for key in owners.values()), len(orphans))
        if object_inventory.delete_objects([stored.key for stored in orphans]):
            raise Unavailable
    strangers = [stored for stored, key in owners.items() if key is None]
    found = [
        *(Finding(Kind.BYTES_WITHOUT_RECORD, o.key, o.bytes, repair) for o in orphans),
        *(Finding(Kind.NOT_A_FILE, o.key, o.bytes) for o in strangers),
    ]
    return Page(found, len(page.objects), page.cursor)


def _records(cursor: str | None, now: int, repair: bool) -> Page:
    page = table_inventory.scan_page(cursor)
    files = [f for f in page.files if f.status in LISTED and now < f.expires_at]
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        whole = list(pool.map(_has_its_bytes, files))
    suspects = [file for file, right in zip(files, whole, strict=True) if not right]
    found = [*_still_listed(suspects, now), *_stray_reports(page.reports, repair)]
    return Page(found, len(page.files) + len(page.reports), page.cursor)


def _has_its_bytes(file: ListedFile) -> bool:
    return object_inventory.size_of(file.object_key) == file.bytes


def _still_listed(suspects: list[ListedFile], now: int) -> Iterator[Finding]:
    """Those that were not just deleted. Nothing can give them their bytes back."""
    for file in suspects:
        record = file_table.get(file.key, now)
        if record is not None and not _has_its_bytes(file):
            yield Finding(Kind.FILE_WITHOUT_BYTES, file_id(file.key.ulid), file.bytes)


def _stray_reports(reports: list[FileKey], repair: bool) -> Iterator[Finding]:
    """A report is written and a record goes in one step each, so one without is never needed."""
    with_record = table_inventory.existing(set(reports))
    for key in reports:
        if key not in with_record:
            if repair:
                file_table.delete_report(key)
            yield Finding(Kind.REPORT_WITHOUT_RECORD, file_id(key.ulid), 0, repair)
