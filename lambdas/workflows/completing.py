"""An upload becomes a file.

| parts     | calls to AWS                                                                     |
|-----------|----------------------------------------------------------------------------------|
| presigned | GetItem, ListParts, CompleteMultipartUpload, TransactWriteItems, UpdateItem      |
|           | (usage): 5; with an MD5 one more UpdateItem before S3 joins the parts, so that   |
|           | the check already knows it                                                       |
| proxied   | GetItem, ListObjectsV2; the first time AbortMultipartUpload, HeadObject,         |
|           | CreateMultipartUpload, UpdateItem; ListParts; GetObject for each piece and       |
|           | UploadPart for each packed part that is missing; CompleteMultipartUpload,        |
|           | TransactWriteItems, UpdateItem (usage); ListObjectsV2, DeleteObjects             |

S3 is the judge: it ends a multipart upload once, and only the one that the record names can still
be joined. So of two requests one makes the object, and the other receives an error that the upload
has ended and finds out as what. A request that was stopped is repeated and finds the same. The
event of the joined object may overtake the last write, which then is refused by a file.
"""

from lambdas.domain.errors import InvalidValue, Unavailable, UploadNotFound
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.ids import part_id
from lambdas.domain.keys import FileKey
from lambdas.domain.pack_plan import Source, digest_of
from lambdas.domain.part_plan import Part
from lambdas.domain.upload import existing_upload, presigned_plan, require_pending
from lambdas.domain.upload_requests import Completion
from lambdas.stores import file_table, multipart_store, object_store, part_store, upload_table
from lambdas.stores.multipart_store import MultipartEnded
from lambdas.workflows.packing import RemainingMs, begin_packing, pack

NAMED_PARTS = 10
"""Most missing parts that a message lists."""


def complete_upload(
    key: FileKey, completion: Completion, now: int, remaining_ms: RemainingMs
) -> FileRecord:
    """The record of the file, whose lines may not be checked yet. Again: the same.

    Raises UploadNotFound, UploadEnded, InvalidValue for parts that are not the announced bytes
    (the upload stays pending and loses nothing), StillJoining, or Unavailable.
    """
    record = upload_table.get(key, now)
    if not record.is_file:
        require_pending(record)
        try:
            record = _finish(record, completion, now, remaining_ms)
        except file_table.TransitionRefused as refusal:
            record = _file_of(refusal, now)
    if record.proxied_bytes:
        part_store.delete_all(key)
    return record


def _finish(
    record: FileRecord, completion: Completion, now: int, remaining_ms: RemainingMs
) -> FileRecord:
    """Join the parts and let the record become a file. Raises TransitionRefused."""
    try:
        if completion.part_ulids:
            record = _join_proxied(record, completion, now, remaining_ms)
        else:
            record = _join_presigned(record, completion, now)
    except MultipartEnded as ended:
        record = _joined_by_another(record.key, ended, now)
    if record.is_file:
        return record
    return file_table.enter(record, Status.UPLOADED, now, expires_at=record.file_expires_at)


def _join_presigned(record: FileRecord, completion: Completion, now: int) -> FileRecord:
    """Join exactly the planned parts, by what S3 holds of them."""
    if record.packed_from is not None:
        raise InvalidValue(
            "part_ids",
            "An earlier request listed part_ids, and those parts are being joined. "
            "Send that request again, or cancel the upload.",
        )
    held = {listed.part: listed for listed in multipart_store.list_parts(record)}
    plan = presigned_plan(record)
    missing = [part for part in plan if part not in held]
    if missing:
        there = record.bytes - sum(part.bytes for part in missing)
        raise InvalidValue(
            None,
            f"S3 has received {there} of the upload's {record.bytes} bytes. "
            f"Missing: {_name_parts(missing)}. Retrieve the upload for the URLs "
            "to send them to, then complete it.",
        )
    record = _with_md5(record, completion.md5, now)
    multipart_store.join(record, [held[part] for part in plan])
    return record


def _join_proxied(
    record: FileRecord, completion: Completion, now: int, remaining_ms: RemainingMs
) -> FileRecord:
    """Pack and join the parts that are named, in that order."""
    stored = part_store.list_stored(record.key)
    unknown = [ulid for ulid in completion.part_ulids if ulid not in stored.sources]
    if unknown:
        return _read_joined(record.key, unknown[0], now)
    _require_size([stored.sources[ulid] for ulid in completion.part_ulids], record)
    record = begin_packing(record, digest_of(completion.part_ulids), completion.md5, now)
    record = _with_md5(record, completion.md5, now)
    multipart_store.join(record, pack(record, completion.part_ulids, stored, remaining_ms))
    return record


def _require_size(sources: list[Source], record: FileRecord) -> None:
    total_bytes = sum(source.bytes for source in sources)
    if total_bytes != record.bytes:
        raise InvalidValue(
            "part_ids",
            f"The parts add up to {total_bytes} bytes, but the upload was created for "
            f"{record.bytes}. List all parts, in order.",
        )


def _read_joined(key: FileKey, unknown_ulid: str, now: int) -> FileRecord:
    """A part is gone too once another request has completed the upload. Raises InvalidValue."""
    record = upload_table.get(key, now)
    if not record.is_file:
        require_pending(record)
        raise InvalidValue("part_ids", f"'{part_id(unknown_ulid)}' is not a part of this upload.")
    return record


def _with_md5(record: FileRecord, md5: str | None, now: int) -> FileRecord:
    """The latest request's word counts, also where it takes an earlier one's MD5 back."""
    return record if record.md5 == md5 else upload_table.revise(record, now, md5=md5)


def _joined_by_another(key: FileKey, ended: MultipartEnded, now: int) -> FileRecord:
    """The record, a file or with its object waiting for that. Raises UploadNotFound, UploadEnded,
    or Unavailable where another request has started the upload's parts over."""
    record = upload_table.get(key, now)
    if record.is_file:
        return record
    require_pending(record)
    if object_store.exists(record):
        return record
    if record.multipart_id != ended.multipart_id:
        raise Unavailable from ended
    raise UploadNotFound from ended


def _file_of(refusal: file_table.TransitionRefused, now: int) -> FileRecord:
    """What the record became meanwhile. Raises as complete_upload does where it is no file."""
    record = existing_upload(refusal.current, now)
    if record.is_file:
        return record
    require_pending(record)
    raise Unavailable from refusal


def _name_parts(parts: list[Part]) -> str:
    numbers = ", ".join(str(part.number) for part in parts[:NAMED_PARTS])
    more = len(parts) - NAMED_PARTS
    return f"parts {numbers} and {more} more" if more > 0 else f"parts {numbers}"
