"""Join the results of a batch, in the order of its input, into its output and its error file.

They become files as any others do: a pending record that counts in the account's quotas, the
bytes, the verdict. The files are named by the batch before anything is written, so an attempt that
was stopped is repeated into the same files; of two at a time both write the same bytes. Ids show on
the batch only with its end, when both files exist.

Memory: one part of the file, of 8 MiB up to 78 GiB, for each of two files; and, of each segment of
one chunk, a buffer of 1 MiB and a line.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from io import BytesIO
from typing import Self

from lambdas.domain.batch import WAITS_FOR_ROOM_S, BatchRecord, BatchStatus
from lambdas.domain.errors import InternalError, QuotaExceeded
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import BatchKey, FileKey
from lambdas.domain.limits import Limits
from lambdas.domain.part_plan import MAX_PARTS, part_bytes_for
from lambdas.domain.segments import Line, join_segments
from lambdas.domain.usage import held_by
from lambdas.domain.validation import Validation
from lambdas.stores import (
    batch_store,
    batch_table,
    chunk_table,
    file_table,
    multipart_store,
    object_store,
)
from lambdas.stores.batch_table import BatchTransitionRefused
from lambdas.stores.file_table import TransitionRefused
from lambdas.stores.multipart_store import HeldPart
from lambdas.workflows.admitting import admit
from lambdas.workflows.checking import Clock
from linegate.jsonl import LineError, Report

PURPOSE = "batch_output"

ENDED_AT = {
    BatchStatus.COMPLETED: "completed_at",
    BatchStatus.CANCELLED: "cancelled_at",
    BatchStatus.EXPIRED: "expired_at",
    BatchStatus.FAILED: "failed_at",
}


class Finished(StrEnum):
    ENDED = "ended"
    REPEATED = "repeated"
    """It had ended already, or is not all answered: the message came twice, or early."""
    NO_ROOM = "no_room"
    """Its account has no room for the files: the message is to come again."""


def finish(
    key: BatchKey, limits: Limits, clock: Clock, new_ulids: tuple[str, str]
) -> tuple[Finished, BatchRecord | None]:
    """Raises Unavailable, or what reading the results raises."""
    now = clock() // 1000
    batch = batch_table.find(key, now)
    if batch is not None and batch.ended:
        batch_store.delete_all(key)  # what an attempt that was stopped has left
    if batch is None or batch.ended or not batch.all_answered:
        return Finished.REPEATED, batch
    try:
        if batch.status is BatchStatus.IN_PROGRESS and not batch.overdue:
            batch_table.enter(key, BatchStatus.FINALIZING, finalizing_at=now)
        batch = batch_table.plan_files(key, *new_ulids)
        ulids = _write_files(batch, limits, clock)
    except QuotaExceeded as error:
        if now < _answered_by(batch) + WAITS_FOR_ROOM_S:
            return Finished.NO_ROOM, batch
        return Finished.ENDED, _end_without_files(batch, error, clock() // 1000)
    except BatchTransitionRefused:  # cancelled, or another attempt was faster: look again
        return finish(key, limits, clock, new_ulids)
    return Finished.ENDED, _end(batch, batch.final_status, clock() // 1000, **ulids)


def _answered_by(batch: BatchRecord) -> int:
    """When the last request was answered, or a little before."""
    return batch.finalizing_at or batch.cancelling_at or batch.window_ends_at


def _end(batch: BatchRecord, status: BatchStatus, now: int, **changes: object) -> BatchRecord:
    """The last state; then what the batch kept for itself goes. Again: the same."""
    try:
        batch = batch_table.enter(batch.key, status, **{ENDED_AT[status]: now}, **changes)
    except BatchTransitionRefused as refusal:
        if refusal.current is None or not refusal.current.ended:
            raise
        batch = refusal.current
    batch_store.delete_all(batch.key)
    return batch


def _end_without_files(batch: BatchRecord, error: QuotaExceeded, now: int) -> BatchRecord:
    status = batch.final_status
    if status is BatchStatus.COMPLETED:
        status = BatchStatus.FAILED
    return _end(batch, status, now, errors=(LineError(error.code, None, error.message),))


def _write_files(batch: BatchRecord, limits: Limits, clock: Clock) -> dict[str, str]:
    """Both files, each if it has lines, in one pass over the results: their names in the record."""
    now = clock() // 1000
    wanted = (
        ("output", batch.planned_output_ulid, batch.completed, batch.output_bytes),
        ("error", batch.planned_error_ulid, batch.failed, batch.error_bytes),
    )
    ulids = {f"{kind}_ulid": ulid for kind, ulid, lines, _ in wanted if lines and ulid}
    with ExitStack() as open_files:
        files: dict[bool, _ResultFile] = {}
        for kind, ulid, lines, size in wanted:
            if not lines:
                continue
            assert ulid is not None, "planned above"
            record = _pending(batch, FileKey(batch.key.account, ulid), kind, size, limits, now)
            if not record.is_file:
                file = _ResultFile(record, lines, clock)
                files[kind == "error"] = open_files.enter_context(file)
        if files:
            for line in _lines(batch.key):
                if line.is_error in files:
                    files[line.is_error].write(line.content)
            for file in files.values():
                file.become_file()
    return ulids


def _pending(
    batch: BatchRecord, key: FileKey, kind: str, size: int, limits: Limits, now: int
) -> FileRecord:
    """The file's record: an earlier attempt's, whatever its state, or a new one."""
    record = file_table.get(key, now)
    if record is not None:
        return record
    record = FileRecord(
        key=key,
        status=Status.PENDING,
        filename=batch.filename(kind),
        purpose=PURPOSE,
        bytes=size,
        created_at=now,
        expires_at=now + min(limits.upload_lifetime_s, batch.results_retention_s),
        retention_s=batch.results_retention_s,
    )
    admit(key.account, held_by(record), limits, now)
    file_table.begin(record)
    return record


def _lines(key: BatchKey) -> Iterator[Line]:
    """All results in the order of the input."""
    for chunk in chunk_table.list_all(key):
        with ExitStack() as segments:
            yield from join_segments(
                [
                    segments.enter_context(batch_store.open_segment(key, name))
                    for name in chunk.progress.segments
                ]
            )


class _ResultFile:
    """A file in the making: whole where it is small, in parts where it is not."""

    def __init__(self, record: FileRecord, lines: int, clock: Clock) -> None:
        self._record = record
        self._upload: FileRecord | None = None
        self._part_bytes = part_bytes_for(record.bytes, MAX_PARTS)
        self._parts: list[HeldPart] = []
        self._buffer = bytearray()
        self._expected_lines = lines
        self._lines = 0
        self._bytes = 0
        self._sha256 = hashlib.sha256()
        self._clock = clock
        self._started_ms = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Parts that did not become an object are dropped; later ones go by a lifecycle rule."""
        if self._upload is not None:
            multipart_store.abort(self._upload)

    def write(self, line: bytes) -> None:
        self._lines += 1
        self._bytes += len(line)
        self._sha256.update(line)
        self._buffer += line
        while len(self._buffer) > self._part_bytes:
            self._put_part(bytes(self._buffer[: self._part_bytes]))
            del self._buffer[: self._part_bytes]

    def become_file(self) -> None:
        """Store what is left, then let the record become a file. Again: the same.

        Raises InternalError where the results are not those that were counted.
        """
        if (self._lines, self._bytes) != (self._expected_lines, self._record.bytes):
            raise InternalError
        if self._upload is None:
            object_store.put(self._record, bytes(self._buffer))
        else:
            self._put_part(bytes(self._buffer))
            multipart_store.join(self._upload, self._parts)
            self._upload = None
        try:
            now_ms = self._clock()
            file_table.enter_checked(self._record, self._validation(now_ms), now_ms // 1000)
        except TransitionRefused as refusal:
            if refusal.current is not None and not refusal.current.is_file:
                raise

    def _put_part(self, content: bytes) -> None:
        if self._upload is None:
            multipart_id = multipart_store.begin(self._record)
            self._upload = replace(self._record, multipart_id=multipart_id)
        number = len(self._parts) + 1
        self._parts.append(multipart_store.put_part(self._upload, number, BytesIO(content)))

    def _validation(self, now_ms: int) -> Validation:
        """Valid, and known without reading the file again: its lines were checked as they came."""
        report = Report(
            lines=self._lines,
            requests=self._lines,
            bytes=self._bytes,
            models=(),
            error_count=0,
            errors=(),
            sha256=self._sha256.hexdigest(),
        )
        return Validation(report, now_ms // 1000, now_ms - self._started_ms)
