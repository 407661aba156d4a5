"""What the service answers, as JSON objects. Times are Unix seconds, sizes bytes."""

from typing import Any, Literal, TypedDict


class _NewerFields(TypedDict, total=False):
    sha256: str | None
    """In hex, of the whole file; absent or None until the service has read the bytes."""


class File(_NewerFields):
    id: str
    object: Literal["file"]
    bytes: int
    created_at: int
    expires_at: int
    filename: str
    purpose: str
    status: Literal["uploaded", "processed", "error"]
    status_details: str | None
    line_count: int | None


class Part(TypedDict):
    """A part that the storage does not hold yet, and where to send it."""

    part_number: int
    bytes: int
    url: str


class Multipart(TypedDict):
    part_size: int
    parts: list[Part]
    uploaded: list[int]


class _WhilePending(TypedDict, total=False):
    multipart: Multipart | None


class Upload(_WhilePending):
    id: str
    object: Literal["upload"]
    bytes: int
    created_at: int
    expires_at: int
    filename: str
    purpose: str
    status: Literal["pending", "completed", "cancelled", "expired"]
    file: File | None


class Report(TypedDict):
    """What the check of a file's lines found."""

    valid: bool
    models: list[str]
    error_count: int
    errors: dict[str, Any]
    """A list object: its `data` are the first of them."""
