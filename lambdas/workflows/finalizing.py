"""Check an object that S3 says is complete, and give its file the verdict.

Events come twice, late, early and for files that are gone. Each outcome below ends the message;
anything raised sends it back to the queue, and in the end to the dead-letter queue.
"""

from dataclasses import dataclass
from enum import StrEnum

from lambdas.domain.errors import Unavailable
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey, parse_object_key
from lambdas.domain.limits import Limits
from lambdas.domain.validation import Validation
from lambdas.stores import file_table
from lambdas.stores.object_stream import ObjectMissing, open_stream
from lambdas.workflows.checking import Clock, validate

CHECKS = 3
"""Most checks of one event, where the MD5 to compare changes during each."""


class Outcome(StrEnum):
    CHECKED = "checked"
    """The file has its verdict and its report."""
    REPEATED = "repeated"
    """It had a verdict already: the event came twice."""
    GONE = "gone"
    """No record: deleted, expired, or never made. The bytes are collected elsewhere."""
    FOREIGN = "foreign"
    """Not of a file: another key, or S3's test event."""


@dataclass(frozen=True, slots=True)
class Finalized:
    outcome: Outcome
    record: FileRecord | None = None
    validation: Validation | None = None


def finalize(object_key: str, limits: Limits, clock: Clock) -> Finalized:
    """Four calls to AWS at most: the record, the bytes, the verdict with the report, and the usage
    where the event overtook the answer of `complete`.

    A file whose MD5 `complete` changes meanwhile is checked again.
    Raises Unavailable, ObjectChanged, or ObjectMissing where a file's bytes should be there.
    """
    key = parse_object_key(object_key)
    if key is None:
        return Finalized(Outcome.FOREIGN)
    for _ in range(CHECKS):
        try:
            return _check(key, limits, clock)
        except file_table.Md5Changed:
            continue
    raise Unavailable


def _check(key: FileKey, limits: Limits, clock: Clock) -> Finalized:
    """One check. Raises as finalize does, and Md5Changed where the verdict is of no use."""
    record = file_table.get(key, clock() // 1000)
    if record is None:
        return Finalized(Outcome.GONE)
    if not _awaits_check(record):
        return Finalized(Outcome.REPEATED, record)
    try:
        with open_stream(record) as body:
            validation = validate(body, record.purpose, limits, clock, record.md5)
    except ObjectMissing:
        if file_table.get(key, clock() // 1000) is None:
            return Finalized(Outcome.GONE)
        raise
    try:
        checked = file_table.enter_checked(record, validation, clock() // 1000)
    except file_table.TransitionRefused as refusal:
        outcome = Outcome.GONE if refusal.current is None else Outcome.REPEATED
        return Finalized(outcome, refusal.current)
    return Finalized(Outcome.CHECKED, checked, validation)


def _awaits_check(record: FileRecord) -> bool:
    return record.status in (Status.PENDING, Status.UPLOADED)
