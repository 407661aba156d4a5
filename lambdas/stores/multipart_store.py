"""Multipart uploads of the bucket: a file's object in the making.

IAM actions: s3:PutObject (begin, put, join, and the signed URLs), s3:ListMultipartUploadParts,
s3:AbortMultipartUpload.

The life of one: begun by `begin`, filled by clients with signed URLs or by `put_part`, and ended by
`join`, which makes the object, or by `abort`. S3 ends it once only: what was joined cannot be
aborted, and what was aborted cannot be joined. One that is forgotten is aborted by the bucket's
lifecycle rule.

None is begun with a checksum algorithm, because S3 would then demand its header with every part,
and a plain PUT of a part has none. Parts sent from here carry a Content-MD5 instead.
A signed URL ends with the credentials that signed it. A Lambda cannot read when its own end, so a
URL may live shorter than asked; `GET /uploads/{id}` signs a new one.
"""

import base64
import hashlib
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.file import FileRecord
from lambdas.domain.part_plan import Part
from lambdas.stores.failures import code_of, unavailable
from lambdas.stores.object_store import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3.type_defs import ListPartsRequestTypeDef


class MultipartEnded(Exception):
    """S3 knows the multipart upload no more: it was joined or aborted."""

    def __init__(self, multipart_id: str | None) -> None:
        super().__init__(multipart_id)
        self.multipart_id = multipart_id


class HeldPart(NamedTuple):
    """A part that S3 holds, as S3 names it."""

    part: Part
    etag: str


class _Upload(NamedTuple):
    bucket: str
    key: str
    multipart_id: str


def begin(record: FileRecord) -> str:
    """Begin the multipart upload of a record's object: S3's UploadId."""
    with unavailable():
        answer = clients.s3().create_multipart_upload(
            Bucket=settings.bucket(), Key=record.object_key, ContentType=MEDIA_TYPE
        )
    return answer["UploadId"]


def signed_part_url(record: FileRecord, part: Part, lifetime_s: int) -> str:
    """A URL that takes this part with PUT, and no other length. Signed here; no call to S3."""
    upload = _of(record)
    return clients.s3().generate_presigned_url(
        "upload_part",
        Params={
            "Bucket": upload.bucket,
            "Key": upload.key,
            "UploadId": upload.multipart_id,
            "PartNumber": part.number,
            "ContentLength": part.bytes,
        },
        ExpiresIn=lifetime_s,
    )


def list_parts(record: FileRecord) -> list[HeldPart]:
    """What S3 holds, by number, page after page. Raises MultipartEnded."""
    upload = _of(record)
    request: ListPartsRequestTypeDef = {
        "Bucket": upload.bucket,
        "Key": upload.key,
        "UploadId": upload.multipart_id,
    }
    held: list[HeldPart] = []
    while True:
        with unavailable(), _translate_ended(upload):
            page = clients.s3().list_parts(**request)
        held += [
            HeldPart(Part(part["PartNumber"], part["Size"]), part["ETag"])
            for part in page.get("Parts", ())
        ]
        if not page["IsTruncated"]:
            return sorted(held)
        request["PartNumberMarker"] = page["NextPartNumberMarker"]


def put_part(record: FileRecord, number: int, content: BytesIO) -> HeldPart:
    """Store a part; the last to come under a number stays. Raises MultipartEnded."""
    upload = _of(record)
    whole = content.getbuffer()
    digest = hashlib.md5(whole, usedforsecurity=False).digest()
    with unavailable(), _translate_ended(upload):
        answer = clients.s3().upload_part(
            Bucket=upload.bucket,
            Key=upload.key,
            UploadId=upload.multipart_id,
            PartNumber=number,
            Body=content,
            ContentMD5=base64.b64encode(digest).decode(),
        )
    return HeldPart(Part(number, whole.nbytes), answer["ETag"])


def join(record: FileRecord, parts: list[HeldPart]) -> None:
    """Make the object of exactly these parts, by number: servers differ about other orders.

    Raises MultipartEnded, or Unavailable where a part was sent again since it was listed.
    """
    upload = _of(record)
    numbered = [{"PartNumber": held.part.number, "ETag": held.etag} for held in sorted(parts)]
    with unavailable(), _translate_ended(upload):
        try:
            clients.s3().complete_multipart_upload(
                Bucket=upload.bucket,
                Key=upload.key,
                UploadId=upload.multipart_id,
                MultipartUpload={"Parts": numbered},  # type: ignore[typeddict-item]  # as S3 has it
            )
        except ClientError as error:
            if code_of(error) == "InvalidPart":
                raise Unavailable from error
            raise


def abort(record: FileRecord) -> None:
    """Drop the parts of an upload that did not end; harmless when S3 knows it no more."""
    if record.multipart_id is None:
        return
    upload = _of(record)
    with unavailable():
        try:
            clients.s3().abort_multipart_upload(
                Bucket=upload.bucket, Key=upload.key, UploadId=upload.multipart_id
            )
        except ClientError as error:
            if code_of(error) != "NoSuchUpload":
                raise


def _of(record: FileRecord) -> _Upload:
    assert record.multipart_id is not None, "only uploads have one"
    return _Upload(settings.bucket(), record.object_key, record.multipart_id)


@contextmanager
def _translate_ended(upload: _Upload) -> "Iterator[None]":
    try:
        yield
    except ClientError as error:
        if code_of(error) == "NoSuchUpload":
            raise MultipartEnded(upload.multipart_id) from error
        raise
