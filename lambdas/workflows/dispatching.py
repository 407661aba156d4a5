"""Take a batch from its input to its chunks.

Order of writes: the copy of the input; the chunks; the batch, in progress; a message for each
chunk. Stopped between any two, the message comes again and finds the same copy and the same chunks,
or a batch in progress whose chunks it announces again: a chunk is worked on under a lease, and its
results count once.
"""

from enum import StrEnum

from lambdas.domain.batch import BatchRecord, BatchStatus
from lambdas.domain.batch_input import Cut, UnreadableLine, cut
from lambdas.domain.errors import FileNotFound
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.ids import file_id
from lambdas.domain.keys import BatchKey, FileKey
from lambdas.stores import batch_queues, batch_store, batch_table, chunk_table, file_table
from lambdas.stores.batch_table import BatchTransitionRefused
from linegate.jsonl import LineError

RECHECK_S = 3
"""How long a batch waits before its file, which is still being checked, is looked at again."""


class Dispatched(StrEnum):
    STARTED = "started"
    WAITING = "waiting"
    """The file is still being checked: another message follows."""
    FAILED = "failed"
    EXPIRED = "expired"
    RESUMED = "resumed"
    """It was in progress: what is open was announced again."""
    NOTHING = "nothing"
    """It has ended, or was cancelled."""
    GONE = "gone"
    """There is no such record, or not yet."""


def dispatch(key: BatchKey, now: int) -> Dispatched:
    """One step of a batch. Raises Unavailable, ObjectMissing or ObjectChanged."""
    batch = batch_table.find(key, now)
    if batch is None:
        return Dispatched.GONE
    match batch.status:
        case BatchStatus.VALIDATING:
            return _begin(batch, now)
        case BatchStatus.IN_PROGRESS | BatchStatus.CANCELLING:
            return _resume(batch, now)
        case BatchStatus.FINALIZING:
            batch_queues.send_finish(key)
            return Dispatched.RESUMED
        case _:
            batch_store.delete_all(key)  # a dispatcher that was stopped may have left a copy
            return Dispatched.NOTHING


def _begin(batch: BatchRecord, now: int) -> Dispatched:
    if now >= batch.window_ends_at:
        return _end(batch, Dispatched.EXPIRED, BatchStatus.EXPIRED, expired_at=now)
    file = file_table.get(FileKey(batch.key.account, batch.input_ulid), now)
    if file is None or not file.is_file:
        return _fail(batch, now, _gone(batch))
    if file.status is Status.UPLOADED:
        batch_queues.send_dispatch(batch.key, RECHECK_S)
        return Dispatched.WAITING
    if file.status is Status.ERROR:
        message = f"The input file has invalid lines. {file.status_details}"
        return _fail(batch, now, LineError("invalid_input_file", None, message, "input_file_id"))
    if file.bytes > batch_store.MOST_COPIED_BYTES:
        message = f"The input file has more than {batch_store.MOST_COPIED_BYTES} bytes."
        return _fail(batch, now, LineError("input_file_too_large", None, message, "input_file_id"))
    try:
        batch_store.pin_input(batch.key, file)
    except FileNotFound:
        return _fail(batch, now, _gone(batch))
    return _start(batch, file, now)


def _start(batch: BatchRecord, file: FileRecord, now: int) -> Dispatched:
    try:
        found = _cut(batch, file)
    except UnreadableLine as line:
        message = "The line is not a request."
        return _fail(batch, now, LineError("invalid_json_line", line.number, message))
    if found.errors:
        return _fail(batch, now, *found.errors)
    chunk_table.plan(batch.key, found.chunks, batch.expires_at)
    try:
        batch_table.enter(
            batch.key,
            BatchStatus.IN_PROGRESS,
            in_progress_at=now,
            model=found.model,
            total=found.requests,
            open_chunks=len(found.chunks),
        )
    except BatchTransitionRefused:  # cancelled meanwhile, or the message came twice
        return dispatch(batch.key, now)
    batch_queues.send_chunks(batch.key, [chunk.number for chunk in found.chunks])
    return Dispatched.STARTED


def _resume(batch: BatchRecord, now: int) -> Dispatched:
    if batch.open_chunks is None:  # cancelled while it was validating
        return _end(batch, Dispatched.NOTHING, BatchStatus.CANCELLED, cancelled_at=now)
    if batch.all_answered:
        batch_queues.send_finish(batch.key)
    else:
        chunks = chunk_table.list_all(batch.key)
        open_chunks = [chunk.plan.number for chunk in chunks if not chunk.progress.done]
        batch_queues.send_chunks(batch.key, open_chunks)
    return Dispatched.RESUMED


def _cut(batch: BatchRecord, file: FileRecord) -> Cut:
    with batch_store.open_input(batch.key, file.bytes) as body:
        return cut(body, batch.endpoint)


def _gone(batch: BatchRecord) -> LineError:
    message = f"The input file '{file_id(batch.input_ulid)}' was deleted or has expired."
    return LineError("file_not_found", None, message, "input_file_id")


def _fail(batch: BatchRecord, now: int, *errors: LineError) -> Dispatched:
    return _end(batch, Dispatched.FAILED, BatchStatus.FAILED, failed_at=now, errors=errors)


def _end(
    batch: BatchRecord, outcome: Dispatched, status: BatchStatus, **changes: object
) -> Dispatched:
    """The last state; then the copy of the input goes. It stays where another message has begun the
    batch meanwhile, whose workers read it."""
    try:
        batch_table.enter(batch.key, status, **changes)
    except BatchTransitionRefused as refusal:
        if refusal.current is not None and not refusal.current.ended:
            return Dispatched.NOTHING
        outcome = Dispatched.NOTHING
    batch_store.delete_all(batch.key)
    return outcome
