"""What sweeps go through, and how they tell what they find."""

from enum import StrEnum
from typing import NamedTuple


class Sweep(StrEnum):
    UNCHECKED = "unchecked"
    FILES = "files"
    PARTS = "parts"
    RECORDS = "records"
    USAGE = "usage"


class Kind(StrEnum):
    UNCHECKED_FILE = "UncheckedFile"
    BYTES_WITHOUT_RECORD = "BytesWithoutRecord"
    NOT_A_FILE = "ObjectOfNoFile"
    FILE_WITHOUT_BYTES = "FileWithoutBytes"
    REPORT_WITHOUT_RECORD = "ReportWithoutRecord"
    MISCOUNTED = "MiscountedAccount"


class Finding(NamedTuple):
    """`subject` is an object's key, a file's id or an account; `counts` is what an account counts
    for above its records."""

    kind: Kind
    subject: str
    bytes: int = 0
    repaired: bool = False
    counts: dict[str, int] | None = None


class Page(NamedTuple):
    """What a page of a sweep found. `cursor` is where the next one begins; None after the last."""

    findings: list[Finding]
    examined: int
    cursor: str | None
