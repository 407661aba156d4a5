"""A client of `/uploads`, and what it cannot see: S3, the record, the event."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lambdas import clients, settings
from lambdas.domain.file import FileRecord
from lambdas.domain.ids import ulid_of_upload
from lambdas.domain.keys import FileKey, parts_folder
from lambdas.domain.limits import MIB
from lambdas.handlers.clock import now_ms
from lambdas.stores import file_table
from lambdas.workflows.finalizing import Finalized, finalize
from tests.integration.lines import padded_to
from tests.integration.service import ACCOUNT, Answer, Context, Form, Service
from tests.integration.stored import objects

Upload = dict[str, Any]

SMALL = padded_to(2_000)
"""One part."""

TWO_PARTS = padded_to(8 * MIB + 1_000)
"""A part of 8 MiB and a last one of 1,000 bytes, presigned or packed."""

SMALL_PART_BYTES = MIB
"""What the fixture `small_parts` makes of 8 MiB, so that many uploads don't take long."""

TWO_SMALL_PARTS = padded_to(SMALL_PART_BYTES + 1_000)

CHUNK = SMALL_PART_BYTES // 2
"""Of a proxied part: two of them are packed into a small part."""


def create(service: Service, content: bytes = SMALL, **fields: Any) -> Upload:
    asked = {"filename": "in.jsonl", "purpose": "batch", "bytes": len(content), **fields}
    answer = service.post_json("/uploads", asked)
    assert answer.status == 200, answer.body
    upload: Upload = answer.json
    return upload


def send(part: Upload, content: bytes) -> None:
    """PUT one presigned part. moto checks no signature; tests/conformance does, on real servers."""
    url = urlsplit(part["url"])
    query = parse_qs(url.query)
    clients.s3().upload_part(
        Bucket=settings.bucket(),
        Key=url.path.removeprefix("/"),
        UploadId=query["uploadId"][0],
        PartNumber=int(query["partNumber"][0]),
        Body=content,
    )


def send_missing(upload: Upload, content: bytes, most: int | None = None) -> None:
    """Send the parts that the upload has URLs for, the first `most` of them."""
    size = upload["multipart"]["part_size"]
    for part in upload["multipart"]["parts"][:most]:
        start = (part["part_number"] - 1) * size
        piece = content[start : start + part["bytes"]]
        assert len(piece) == part["bytes"]
        send(part, piece)


def send_proxied(service: Service, upload: Upload, content: bytes) -> str:
    answer = service.post_form(f"/uploads/{upload['id']}/parts", Form().file(content, name="data"))
    assert answer.status == 200, answer.body
    part_id: str = answer.json["id"]
    return part_id


def in_chunks(service: Service, upload: Upload, content: bytes, size: int = 3 * MIB) -> list[str]:
    """Send all of `content` as proxied parts: their ids in the order of the bytes."""
    starts = range(0, len(content), size)
    return [send_proxied(service, upload, content[start : start + size]) for start in starts]


def presigned(service: Service, content: bytes = SMALL) -> Upload:
    """An upload whose presigned parts were all sent."""
    upload = create(service, content)
    send_missing(upload, content)
    return upload


def proxied(
    service: Service, content: bytes = TWO_SMALL_PARTS, size: int = CHUNK
) -> tuple[Upload, list[str]]:
    """An upload whose content was all sent as proxied parts, and their ids in its order."""
    upload = create(service, content)
    return upload, in_chunks(service, upload, content, size)


def complete(
    service: Service, upload: Upload, context: Context | None = None, **fields: Any
) -> Answer:
    url, body = f"/uploads/{upload['id']}/complete", json.dumps(fields).encode()
    return service.request("POST", url, body, "application/json", context=context)


def cancel(service: Service, upload: Upload) -> Answer:
    return service.request("POST", f"/uploads/{upload['id']}/cancel")


def look(service: Service, upload: Upload) -> Upload:
    found: Upload = service.get(f"/uploads/{upload['id']}").json
    return found


def key_of(upload: Upload) -> FileKey:
    return FileKey(ACCOUNT, ulid_of_upload(upload["id"]))


def record_of(upload: Upload) -> FileRecord:
    record = file_table.get(key_of(upload), 0)
    assert record is not None
    return record


def deliver_event(upload: Upload) -> Finalized:
    """What the finalizer does with S3's event about the upload's object."""
    return finalize(record_of(upload).object_key, settings.limits(), now_ms)


def content_of(service: Service, file_id: str) -> bytes:
    """The file's bytes, as its content route gives them or redirects to them."""
    answer = service.get(f"/files/{file_id}/content")
    if answer.status == 200:
        return answer.body
    assert answer.status == 302, answer.body
    key = urlsplit(answer.headers["location"]).path.removeprefix("/")
    return clients.s3().get_object(Bucket=settings.bucket(), Key=key)["Body"].read()


def multipart_uploads() -> list[str]:
    """The UploadIds that S3 has not ended."""
    listed = clients.s3().list_multipart_uploads(Bucket=settings.bucket())
    return [found["UploadId"] for found in listed.get("Uploads", [])]


def proxied_objects(upload: Upload) -> list[str]:
    return objects(parts_folder(key_of(upload)))
