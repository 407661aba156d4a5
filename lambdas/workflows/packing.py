"""Pack proxied parts of any size into parts that S3 joins.

The packed parts go into a multipart upload of their own, begun for exactly one sequence of parts
and named by the record together with that sequence's digest. Every packed part that S3 lists there
is therefore right whoever sent it, and a repeated request resumes where the last one stopped.

A packed part can consist of thousands of pieces, more than one request has time to read. So its
pieces are read in parallel, and when the time is up its beginning is saved as an object, which the
next request reads in place of its pieces. Each request that reads a single piece gets further.

Memory: one packed part for each of WORKERS threads, 8 x 8 MiB = 64 MiB for files up to 78 GiB, as
much again while beginnings are saved, and one read of at most 256 KiB for each of READERS threads.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice

from lambdas.domain.errors import StillJoining
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.pack_plan import PackedPart, Piece, pieces_behind, plan_packing
from lambdas.domain.part_plan import MAX_PARTS, part_bytes_for
from lambdas.stores import file_table, multipart_store, object_store, part_store, upload_table
from lambdas.stores.multipart_store import HeldPart, MultipartEnded
from lambdas.stores.part_store import Stored

RemainingMs = Callable[[], int]
"""Milliseconds until the request's deadline."""

WORKERS = 8
"""Packed parts that are made in parallel."""

READERS = 16
"""Pieces that are read in parallel, of all packed parts together."""

QUEUED_READS = 64
"""Pieces of one packed part that wait for a reader; a plan may have tens of thousands."""

RESERVE_MS = 6_000
"""No read begins later: time for what is under way, for S3 to join, for the record, for removing
the parts."""


def begin_packing(record: FileRecord, digest: str, md5: str | None, now: int) -> FileRecord:
    """The record with a multipart upload for the sequence of parts that `digest` names.

    The upload it had before is aborted first, so that only one can ever be joined. Raises
    MultipartEnded where that one has already made the object, and TransitionRefused.
    """
    if record.packed_from == digest:
        return record
    multipart_store.abort(record)
    if object_store.exists(record):
        raise MultipartEnded(record.multipart_id)
    own = replace(record, multipart_id=multipart_store.begin(record))
    try:
        return upload_table.revise(
            record, now, multipart_id=own.multipart_id, packed_from=digest, md5=md5
        )
    except file_table.TransitionRefused as refusal:
        current = refusal.current
        if current is None or current.multipart_id != own.multipart_id:
            multipart_store.abort(own)
        if current and current.status is Status.PENDING and current.packed_from == digest:
            return current
        raise


def pack(
    record: FileRecord, part_ulids: Sequence[str], stored: Stored, remaining_ms: RemainingMs
) -> list[HeldPart]:
    """Copy the parts named, in their order, into the record's multipart upload: all its parts.

    `stored` has all of them. Raises StillJoining when the time is up, MultipartEnded, or
    Unavailable.
    """
    part_bytes = part_bytes_for(record.bytes, MAX_PARTS)
    plan = plan_packing([stored.sources[ulid] for ulid in part_ulids], part_bytes)
    listed = {held.part: held for held in multipart_store.list_parts(record)}
    missing = [packed for packed in plan if packed.part not in listed]
    workers, readers = ThreadPoolExecutor(WORKERS), ThreadPoolExecutor(READERS)
    try:
        packing = [
            workers.submit(
                _Packing(
                    record,
                    packed,
                    f"{record.packed_from}-{packed.part.number}x{part_bytes}",
                    packed.part.number in stored.beginnings,
                    readers,
                    remaining_ms,
                ).copy
            )
            for packed in missing
        ]
        copied = [copy.result() for copy in packing]
    finally:
        workers.shutdown(cancel_futures=True)
        readers.shutdown(cancel_futures=True)
    return [*(listed[packed.part] for packed in plan if packed.part in listed), *copied]


@dataclass(frozen=True, slots=True)
class _Packing:
    """One packed part in the making."""

    record: FileRecord
    packed: PackedPart
    label: str
    """Names its bytes: two packed parts with one label are equal."""
    begun: bool
    """Whether an earlier request saved a beginning, of these bytes or others."""
    readers: ThreadPoolExecutor
    remaining_ms: RemainingMs

    def copy(self) -> HeldPart:
        """Raises StillJoining, having saved what it has, MultipartEnded, or Unavailable."""
        part = self.packed.part
        content = BytesIO(bytes(part.bytes))
        buffer = content.getbuffer()
        done = self._resume(buffer)
        before = done
        try:
            for read in self._reads(buffer, done):
                done += read.result()
        except StillJoining:
            if done > before:
                part_store.save_beginning(
                    self.record.key, part.number, self.label, bytes(buffer[:done])
                )
            raise
        return multipart_store.put_part(self.record, part.number, content)

    def _resume(self, buffer: memoryview) -> int:
        """Bytes that an earlier request has saved, read back."""
        if not self.begun:
            return 0
        self._require_time()
        return part_store.read_beginning(
            self.record.key, self.packed.part.number, self.label, buffer
        )

    def _reads(self, buffer: memoryview, done: int) -> "Iterator[Future[int]]":
        """The reads of all pieces behind `done`, in order, a bounded number of them begun."""
        pieces = pieces_behind(self.packed, done)
        position = done
        while batch := list(islice(pieces, QUEUED_READS)):
            reads = []
            for piece in batch:
                into = buffer[position : position + piece.bytes]
                reads.append(self.readers.submit(self._read, piece, into))
                position += piece.bytes
            yield from reads

    def _read(self, piece: Piece, into: memoryview) -> int:
        self._require_time()
        part_store.read_piece(self.record.key, piece, into)
        return piece.bytes

    def _require_time(self) -> None:
        if self.remaining_ms() < RESERVE_MS:
            raise StillJoining
