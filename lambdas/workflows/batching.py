"""A batch as its owner meets it: created and cancelled.

| request | calls to AWS                                                    |
|---------|-----------------------------------------------------------------|
| create  | GetItem of the file, SendMessage, PutItem                       |
| cancel  | GetItem, UpdateItem; SendMessage, or a second UpdateItem        |

The message goes before the record: stopped in between, it finds no record and is dropped, and no
batch waits for a message that never comes.
"""

from lambdas.domain.batch import RECORD_KEPT_S, BatchRecord, BatchStatus
from lambdas.domain.batch_requests import NewBatch, no_such_input
from lambdas.domain.errors import BatchEnded, InvalidValue, Unavailable
from lambdas.domain.file import Status
from lambdas.domain.ids import file_id
from lambdas.domain.keys import BatchKey, FileKey
from lambdas.domain.limits import window_s
from lambdas.stores import batch_queues, batch_table, file_table
from lambdas.stores.batch_table import BatchTransitionRefused

INPUT_PURPOSE = "batch"

TRIES = 3
"""A batch that changes while it is cancelled is looked at again."""

ENDING = frozenset({BatchStatus.FINALIZING})


def create_batch(new: NewBatch, key: BatchKey, now: int) -> BatchRecord:
    """A new batch, `validating`. Raises InvalidValue for an input that cannot become one, or
    Unavailable. A file that is still being checked can: the batch waits for it."""
    _require_input(new, key.account, now)
    window_ends_at = now + window_s(new.completion_window)
    record = BatchRecord(
        key=key,
        status=BatchStatus.VALIDATING,
        endpoint=new.endpoint,
        input_ulid=new.input_ulid,
        completion_window=new.completion_window,
        created_at=now,
        window_ends_at=window_ends_at,
        expires_at=window_ends_at + RECORD_KEPT_S,
        results_retention_s=new.results_retention_s,
        metadata=new.metadata,
    )
    batch_queues.send_dispatch(key)
    batch_table.create(record)
    return record


def cancel_batch(key: BatchKey, now: int) -> BatchRecord:
    """Let no more requests be sent; what is done is delivered. Again: the same.

    `cancelled` at once where nothing was begun. Raises BatchNotFound, BatchEnded, or Unavailable.
    """
    for _ in range(TRIES):
        record = batch_table.get(key, now)
        if record.status is BatchStatus.CANCELLING:
            return record
        if record.ended or record.status in ENDING:
            raise BatchEnded(record.status)
        try:
            record = batch_table.enter(key, BatchStatus.CANCELLING, cancelling_at=now)
            if record.open_chunks is None:
                return batch_table.enter(key, BatchStatus.CANCELLED, cancelled_at=now)
        except BatchTransitionRefused:
            continue
        batch_queues.send_dispatch(key)  # so that chunks that wait in the queue notice, too
        return record
    raise Unavailable


def _require_input(new: NewBatch, account: str, now: int) -> None:
    name = file_id(new.input_ulid)
    record = file_table.get(FileKey(account, new.input_ulid), now)
    if record is None or not record.is_file:
        raise no_such_input(name)
    if record.purpose != INPUT_PURPOSE:
        raise InvalidValue(
            "input_file_id",
            f"The file '{name}' has purpose '{record.purpose}'; a batch needs a file with purpose "
            f"'{INPUT_PURPOSE}'.",
        )
    if record.status is Status.ERROR:
        raise InvalidValue(
            "input_file_id", f"The file '{name}' has invalid lines. {record.status_details}"
        )
