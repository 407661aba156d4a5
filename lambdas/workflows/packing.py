"""Pack proxied parts of any size into parts that S3 joins.

The packed parts go into a multipart upload of their own, begun for exactly one sequence of parts
and named by the record together with that sequence's digest. Every packed part that S3 lists there
is therefore right whoever sent it, and a repeated request goes on where the last one stopped.

Memory: one packed part for each of WORKERS threads, 8 x 8 MiB = 64 MiB for files up to 78 GiB,
and one read of at most 256 KiB each.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO

from lambdas.domain.errors import StillJoining
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.pack_plan import PackedPart, Source, plan_packing
from lambdas.domain.part_plan import MAX_PARTS, part_bytes_for
from lambdas.stores import file_table, multipart_store, object_store, part_store, upload_table
from lambdas.stores.multipart_store import HeldPart, MultipartEnded

RemainingMs = Callable[[], int]
"""Milliseconds until the request's deadline."""

WORKERS = 8

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
    record: FileRecord, sources: Sequence[Source], remaining_ms: RemainingMs
) -> list[HeldPart]:
    """Copy the sources, in their order, into the record's multipart upload: all its parts.

    Raises StillJoining when the time is up, MultipartEnded, or Unavailable.
    """
    plan = plan_packing(sources, part_bytes_for(record.bytes, MAX_PARTS))
    listed = {held.part: held for held in multipart_store.list_parts(record)}
    missing = [packed for packed in plan if packed.part not in listed]
    pool = ThreadPoolExecutor(WORKERS)
    try:
        copying = [pool.submit(_copy, record, packed, remaining_ms) for packed in missing]
        copied = [copy.result() for copy in copying]
    finally:
        pool.shutdown(cancel_futures=True)
    return [*(listed[packed.part] for packed in plan if packed.part in listed), *copied]


def _copy(record: FileRecord, packed: PackedPart, remaining_ms: RemainingMs) -> HeldPart:
    content = BytesIO(bytes(packed.part.bytes))
    unread = content.getbuffer()
    for piece in packed.pieces:
        if remaining_ms() < RESERVE_MS:
            raise StillJoining
        part_store.read_piece(record.key, piece, unread[: piece.bytes])
        unread = unread[piece.bytes :]
    return multipart_store.put_part(record, packed.part.number, content)
