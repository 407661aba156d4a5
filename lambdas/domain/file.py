"""A file's record and its life. Pure.

    pending  → uploaded | processed | error | cancelled
    uploaded → processed | error

The stores derive every condition from this table, so a late, early or repeated event is a
refused transition and never a wrong state.
"""

from dataclasses import dataclass
from enum import StrEnum

from lambdas.domain.keys import FileKey, object_key


class Status(StrEnum):
    PENDING = "pending"
    UPLOADED = "uploaded"
    PROCESSED = "processed"
    ERROR = "error"
    CANCELLED = "cancelled"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.UPLOADED, Status.PROCESSED, Status.ERROR, Status.CANCELLED}),
    Status.UPLOADED: frozenset({Status.PROCESSED, Status.ERROR}),
    Status.PROCESSED: frozenset(),
    Status.ERROR: frozenset(),
    Status.CANCELLED: frozenset(),
}

LISTED = frozenset({Status.UPLOADED, Status.PROCESSED, Status.ERROR})
"""The states in which a record is a file; before and beside them it is only an upload."""

CHECKED = frozenset({Status.PROCESSED, Status.ERROR})


def states_before(state: Status) -> frozenset[Status]:
    """The states that may be left for `state`."""
    return frozenset(s for s, following in TRANSITIONS.items() if state in following)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file and, while it is pending, its upload. Times are Unix seconds, sizes bytes."""

    key: FileKey
    status: Status
    filename: str
    purpose: str
    bytes: int
    created_at: int
    expires_at: int
    """When the record reads as absent: a pending one's upload end, else the file's end."""
    retention_s: int
    line_count: int | None = None
    status_details: str | None = None
    multipart_id: str | None = None
    """S3's UploadId, the only one that may still become the object. None: the bytes came whole."""
    part_bytes: int | None = None
    """Size of every presigned part but the last: an upload keeps the plan it began with."""
    proxied_parts: int | None = None
    """How many parts were sent, repeats included; None: none was."""
    proxied_bytes: int | None = None
    """What was sent through `POST /uploads/{id}/parts`, repeats counted; None: nothing was."""
    packed_from: str | None = None
    """Digest of the proxied parts, in order, that `multipart_id` is being packed from."""
    md5: str | None = None
    """The MD5 that `complete` was sent, in hex."""
    sha256: str | None = None
    """Of the whole file, in hex, once it was checked."""

    @property
    def object_key(self) -> str:
        return object_key(self.key, self.retention_s)

    @property
    def file_expires_at(self) -> int:
        return self.created_at + self.retention_s

    @property
    def is_upload(self) -> bool:
        """Whether it began as an upload, be it a file by now or not."""
        return self.multipart_id is not None

    @property
    def is_file(self) -> bool:
        return self.status in LISTED
