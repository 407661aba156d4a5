"""What an account holds, and the quotas it must stay within. Pure.

| record                       | files | bytes            | pending uploads |
|------------------------------|-------|------------------|-----------------|
| pending, begun as an upload  | 1     | those announced  | 1               |
| pending, its bytes come now  | 1     | its own          | 0               |
| a file, whatever its verdict | 1     | its own          | 0               |
| cancelled                    | 1     | 0                | 0               |

A pending upload holds the file that it is to become, so completing one never meets a quota.
A cancelled one still counts as a file until it expires, so that a quota bounds the records that
listings have to pass.
"""

from dataclasses import dataclass, fields

from lambdas.domain.errors import QuotaExceeded
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.limits import Limits


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts of one account, or a change of them."""

    files: int = 0
    bytes: int = 0
    pending_uploads: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, name) + getattr(other, name) for name in COUNTS))

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, name) - getattr(other, name) for name in COUNTS))

    def __bool__(self) -> bool:
        return self != Usage()

    @property
    def positive(self) -> "Usage":
        """The same with 0 for what is below."""
        return Usage(*(max(0, getattr(self, name)) for name in COUNTS))


COUNTS = tuple(field.name for field in fields(Usage))


def held_by(record: FileRecord) -> Usage:
    """What a record counts for, as in the table above."""
    if record.status is Status.CANCELLED:
        return Usage(files=1)
    if record.status is Status.PENDING and record.is_upload:
        return held_by_upload(record.bytes)
    return Usage(files=1, bytes=record.bytes)


def held_by_upload(announced_bytes: int) -> Usage:
    """What a pending upload counts for."""
    return Usage(files=1, bytes=announced_bytes, pending_uploads=1)


def overlap(held: Usage, needed: Usage) -> bool:
    """Whether giving up `held` helps one who needs `needed`."""
    return any(getattr(held, name) > 0 and getattr(needed, name) > 0 for name in COUNTS)


def quotas(limits: Limits) -> Usage:
    """The most that one account may hold."""
    return Usage(limits.account_files, limits.account_bytes, limits.account_pending_uploads)


def excess(held: Usage, wanted: Usage, limits: Limits) -> Usage:
    """What an account that holds `held` must free before it may have `wanted` more."""
    return (held + wanted - quotas(limits)).positive


def quota_exceeded(held: Usage, wanted: Usage, limits: Limits) -> QuotaExceeded:
    """The error for an account that holds `held` and is refused `wanted` more."""
    most = quotas(limits)
    over = held + wanted - most
    if over.pending_uploads > 0:
        return QuotaExceeded(
            f"This account has {held.pending_uploads} pending uploads of the "
            f"{most.pending_uploads} allowed. Complete or cancel one first."
        )
    if over.files > 0:
        return QuotaExceeded(
            f"This account has {held.files} files of the {most.files} allowed, including pending "
            "uploads and those cancelled in the last hour. "
            "Delete files first; that takes effect within seconds."
        )
    return QuotaExceeded(
        f"This account holds {held.bytes} bytes of the {most.bytes} allowed, including pending "
        f"uploads; {wanted.bytes} more do not fit. {_REMEDY}"
    )


_REMEDY = "Delete files or cancel uploads first; that takes effect within seconds."
