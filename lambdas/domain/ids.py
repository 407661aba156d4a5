"""Identifiers: a ULID behind a prefix that says what it names.

A ULID's first 48 bits are its creation time in milliseconds, so sorting by id is sorting by time,
and 80 random bits keep it from being guessed or met twice (ulid/spec).
"""

import re

from ulid import ULID

from lambdas.domain.errors import BatchNotFound, FileNotFound, UploadNotFound

FILE_ID_PREFIX = "file-"
UPLOAD_ID_PREFIX = "upload-"
PART_ID_PREFIX = "part-"
BATCH_ID_PREFIX = "batch-"
BATCH_REQUEST_ID_PREFIX = "batch_req-"

_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def new_ulid(now_ms: int) -> str:
    """26 characters of Crockford base 32. Random, otherwise pure."""
    return str(ULID.from_timestamp(now_ms))


def file_id(ulid: str) -> str:
    return FILE_ID_PREFIX + ulid


def upload_id(ulid: str) -> str:
    return UPLOAD_ID_PREFIX + ulid


def part_id(ulid: str) -> str:
    return PART_ID_PREFIX + ulid


def batch_id(ulid: str) -> str:
    return BATCH_ID_PREFIX + ulid


def batch_request_id(batch_ulid: str, number: int) -> str:
    """Of a batch's request, counted from 0: the same however often it is sent."""
    return f"{BATCH_REQUEST_ID_PREFIX}{batch_ulid}-{number}"


def parse_id(text: str, prefix: str) -> str | None:
    """The ULID behind `prefix`; None when the text was never one of our ids."""
    ulid = text.removeprefix(prefix)
    return ulid if text.startswith(prefix) and _ULID.fullmatch(ulid) else None


def ulid_of_file(text: str) -> str:
    """Raises FileNotFound: a malformed id answers as a missing file does."""
    ulid = parse_id(text, FILE_ID_PREFIX)
    if ulid is None:
        raise FileNotFound
    return ulid


def ulid_of_upload(text: str) -> str:
    """Raises UploadNotFound: a malformed id answers as a missing upload does."""
    ulid = parse_id(text, UPLOAD_ID_PREFIX)
    if ulid is None:
        raise UploadNotFound
    return ulid


def ulid_of_batch(text: str) -> str:
    """Raises BatchNotFound: a malformed id answers as a missing batch does."""
    ulid = parse_id(text, BATCH_ID_PREFIX)
    if ulid is None:
        raise BatchNotFound
    return ulid
