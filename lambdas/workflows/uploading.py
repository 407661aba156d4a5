"""An upload until it is completed: begun, sent in parts, looked at again, cancelled.

| request | calls to AWS                                                                         |
|---------|--------------------------------------------------------------------------------------|
| create  | UpdateItem (its place is reserved), CreateMultipartUpload, PutItem                   |
| recall  | as look                                                                              |
| look    | GetItem; while pending ListParts, one for each 1,000 parts; where S3 has ended it,   |
|         | GetItem, HeadObject, and as cancel                                                   |
| part    | GetItem, UpdateItem, PutObject                                                       |
| cancel  | GetItem, TransactWriteItems, UpdateItem (usage), AbortMultipartUpload, ListParts;    |
|         | ListObjectsV2 and DeleteObjects where parts were proxied                             |

Stopped between any two of them, nothing is listed, and what is left in S3 without a record that
names it goes by a lifecycle rule.
"""

from dataclasses import replace

from lambdas.domain.errors import InvalidValue, Unavailable, UploadNotFound
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.idempotency import HEADER
from lambdas.domain.keys import FileKey
from lambdas.domain.limits import Limits
from lambdas.domain.part_plan import Part, part_bytes_for
from lambdas.domain.upload import (
    Multipart,
    PartUrl,
    cancelled_expires_at,
    existing_upload,
    presigned_plan,
    require_pending,
    upload_lifetime_s,
)
from lambdas.domain.upload_requests import MAX_PROXIED_PARTS, NewUpload
from lambdas.domain.usage import held_by_upload
from lambdas.stores import file_table, multipart_store, object_store, part_store, upload_table
from lambdas.workflows.admitting import admit, withdraw

PROXIED_SENDS = 4
"""How often each part may be sent: openai-python repeats one up to two times, and a count whose
answer was lost is repeated as well."""

MAX_PARTS_SENT = PROXIED_SENDS * MAX_PROXIED_PARTS
"""Proxied parts of one upload, repeats included."""

ABORT_TRIES = 3
"""A part that is just arriving can outlive an abort (S3 API reference, AbortMultipartUpload)."""


Looked = tuple[FileRecord, Multipart | None]
"""A record and, while it is pending, what is still to be sent."""


def create_upload(new: NewUpload, key: FileKey, now: int, limits: Limits) -> Looked:
    """A pending record and the URLs of all its parts. Raises QuotaExceeded or Unavailable."""
    draft = FileRecord(
        key=key,
        status=Status.PENDING,
        filename=new.filename,
        purpose=new.purpose.name,
        bytes=new.bytes,
        created_at=now,
        expires_at=now + upload_lifetime_s(new.retention_s, limits),
        retention_s=new.retention_s,
        part_bytes=part_bytes_for(new.bytes),
    )
    place = held_by_upload(new.bytes)
    admit(key.account, place, limits, now)
    try:
        record = replace(draft, multipart_id=multipart_store.begin(draft))
    except Exception:
        withdraw(key.account, place, now)
        raise
    file_table.begin(record)
    return record, _multipart(record, set(), limits)


def recall_upload(key: FileKey, now: int, limits: Limits) -> Looked:
    """What `create_upload` answered, for a client that asks the same again: as it is by now, its
    fresh URLs. Raises InvalidValue where the upload has expired."""
    try:
        return look_at_upload(key, now, limits)
    except UploadNotFound as error:
        raise InvalidValue(
            HEADER, f"The upload created with this {HEADER} has expired. Use a new key."
        ) from error


def look_at_upload(key: FileKey, now: int, limits: Limits) -> Looked:
    """The record and, while pending, the missing parts with fresh URLs. Raises UploadNotFound.

    None while proxied parts are being packed: then there is nothing to send. An upload whose
    multipart upload S3 no longer has is cancelled.
    """
    record = upload_table.get(key, now)
    if record.status is not Status.PENDING or record.packed_from is not None:
        return record, None
    try:
        held = {part.part for part in multipart_store.list_parts(record)}
    except multipart_store.MultipartEnded:
        return _look_again(record, now, limits)
    return record, _multipart(record, held, limits)


def add_part(key: FileKey, part_ulid: str, content: bytes, now: int, limits: Limits) -> None:
    """Keep a proxied part until it is named by `complete`.

    Raises UploadNotFound, UploadEnded, or InvalidValue where more was sent than the upload can use.
    """
    record = upload_table.get(key, now)
    require_pending(record)
    size = len(content)
    if size > record.bytes:
        raise InvalidValue(
            "data",
            f"The part has {size} bytes, but the upload was created for {record.bytes}. "
            "Create an upload with the file's size in bytes.",
        )
    try:
        upload_table.admit_part(record, size, MAX_PARTS_SENT, PROXIED_SENDS * record.bytes, now)
    except file_table.TransitionRefused as refusal:
        current = existing_upload(refusal.current, now)
        require_pending(current)
        raise _too_many_parts(current, size, limits) from refusal
    part_store.put(key, part_ulid, content)


def cancel_upload(key: FileKey, now: int) -> FileRecord:
    """End an upload without a file; its parts are gone when this returns. Again: the same.

    The record goes first: from then on no `complete` makes a file of what is being removed. One
    that S3 has joined at that very moment goes with the record. Raises UploadNotFound, UploadEnded.
    """
    record = upload_table.get(key, now)
    if record.status is not Status.CANCELLED:
        try:
            expires_at = cancelled_expires_at(record, now)
            record = file_table.enter(record, Status.CANCELLED, now, expires_at=expires_at)
        except file_table.TransitionRefused as refusal:
            record = existing_upload(refusal.current, now)
            if record.status is not Status.CANCELLED:
                require_pending(record)
                raise Unavailable from refusal
    _drop_multipart(record)
    if record.proxied_bytes:
        part_store.delete_all(key)
    return record


def _too_many_parts(record: FileRecord, part_bytes: int, limits: Limits) -> InvalidValue:
    if (record.proxied_parts or 0) >= MAX_PARTS_SENT:
        return InvalidValue(
            "data",
            f"The upload was sent {record.proxied_parts} parts, repeats included, and takes no "
            "more. Cancel it, create a new one and send larger parts: "
            f"a part can have up to {limits.direct_bytes} bytes.",
        )
    return InvalidValue(
        "data",
        f"With this part of {part_bytes} bytes, {(record.proxied_bytes or 0) + part_bytes} bytes "
        f"would have been sent, repeats included; an upload created for {record.bytes} takes at "
        f"most {PROXIED_SENDS * record.bytes}. Complete it with the parts that it has, or cancel "
        "it and create a new one.",
    )


def _drop_multipart(record: FileRecord) -> None:
    for _ in range(ABORT_TRIES):
        multipart_store.abort(record)
        try:
            if not multipart_store.list_parts(record):
                return
        except multipart_store.MultipartEnded:
            return
    raise Unavailable


def _look_again(record: FileRecord, now: int, limits: Limits) -> Looked:
    """S3 has ended the multipart upload: completed just now, or left so by one that was stopped.

    With neither an object nor proxied parts it was aborted, by hand or by a lifecycle rule, and no
    part can be sent any more: then the upload is cancelled, so that its client begins another.
    """
    record = upload_table.get(record.key, now)
    if record.status is not Status.PENDING or record.packed_from is not None:
        return record, None
    if object_store.exists(record):
        return record, _multipart(record, set(presigned_plan(record)), limits)
    if record.proxied_bytes is not None:  # they may be about to be packed
        return record, None
    return cancel_upload(record.key, now), None


def _multipart(record: FileRecord, held: set[Part], limits: Limits) -> Multipart:
    """A part counts as held only at its planned size; only the others are signed."""
    plan = presigned_plan(record)
    return Multipart(
        part_bytes=plan[0].bytes,
        missing=[
            PartUrl(
                part.number,
                part.bytes,
                multipart_store.signed_part_url(record, part, limits.url_lifetime_s),
            )
            for part in plan
            if part not in held
        ],
        held=[part.number for part in plan if part in held],
    )
