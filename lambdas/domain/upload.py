"""An upload as its client sees it: a file's record before the file is there. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from lambdas.domain.errors import UploadEnded, UploadNotFound
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.ids import file_id
from lambdas.domain.limits import Limits
from lambdas.domain.part_plan import Part, plan_parts


class UploadStatus(StrEnum):
    """There is no `expired`: from then on an upload reads as absent."""

    PENDING = "pending"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class PartUrl:
    """Where one part of exactly `bytes` bytes is to be sent with PUT. The URL is a credential."""

    number: int
    bytes: int
    url: str


@dataclass(frozen=True, slots=True)
class Multipart:
    """What a client needs to send the presigned parts or to go on doing so."""

    part_bytes: int
    """The size of every part but the last."""
    missing: list[PartUrl]
    held: list[int]
    """Numbers of the parts that S3 has."""


def upload_status(record: FileRecord) -> UploadStatus:
    if record.is_file:
        return UploadStatus.COMPLETED
    return UploadStatus(record.status.value)


def upload_expires_at(record: FileRecord, limits: Limits) -> int:
    """The end of the upload, also once the record has taken on the file's own."""
    if record.is_file:
        return record.created_at + upload_lifetime_s(record.retention_s, limits)
    return record.expires_at


def upload_lifetime_s(retention_s: int, limits: Limits) -> int:
    """An upload never outlives the file it is to become: both count from its creation."""
    return min(limits.upload_lifetime_s, retention_s)


CANCELLED_LIFETIME_S = 3_600
"""How long a cancelled upload can still be retrieved, and counts as a file of its account."""


def cancelled_expires_at(record: FileRecord, now: int) -> int:
    """When an upload that is cancelled now reads as absent; never later than before."""
    return min(record.expires_at, now + CANCELLED_LIFETIME_S)


def presigned_plan(record: FileRecord) -> list[Part]:
    """The parts that the record's URLs are for, by the part size it began with."""
    assert record.part_bytes is not None, "every upload has one"
    return plan_parts(record.bytes, record.part_bytes)


def existing_upload(record: FileRecord | None, now: int) -> FileRecord:
    """The record, if it began as an upload and has not expired. Raises UploadNotFound."""
    if record is None or not record.is_upload or record.expires_at <= now:
        raise UploadNotFound
    return record


def require_pending(record: FileRecord) -> None:
    """Raises UploadEnded, which says how the upload ended."""
    if record.is_file:
        file = file_id(record.key.ulid)
        raise UploadEnded(f"This upload is completed. Its file is '{file}'.")
    if record.status is Status.CANCELLED:
        raise UploadEnded("This upload is cancelled. Create a new one.")
