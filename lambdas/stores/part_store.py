"""Proxied parts: objects under `parts/<account>/<upload's ulid>/` until they are packed.

IAM actions: s3:PutObject, s3:GetObject, s3:DeleteObject, and s3:ListBucket for what is there.

A part is written once, under an id of its own, and goes when its upload ends. One that arrives
while that happens goes with the record, or by the folder's lifecycle rule.

Beside them lie the beginnings of packed parts that a request had no time to finish, one object for
each packed part's number. Each carries a label that names its bytes; the last one saved stays.
"""

from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.keys import FileKey, part_object_key, parts_folder
from lambdas.domain.pack_plan import Piece, Source
from lambdas.stores.failures import code_of, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.response import StreamingBody
    from mypy_boto3_s3.type_defs import (
        GetObjectOutputTypeDef,
        GetObjectRequestTypeDef,
        ListObjectsV2OutputTypeDef,
        ListObjectsV2RequestTypeDef,
    )

READ_BYTES = 256 << 10

_BEGINNING = "packed-"
"""No ULID begins so: they are upper case."""

_LABEL = "label"


def put(key: FileKey, part_ulid: str, content: bytes) -> None:
    """Store one part, with a CRC32 that S3 checks."""
    with unavailable():
        clients.s3().put_object(
            Bucket=settings.bucket(),
            Key=part_object_key(key, part_ulid),
            Body=content,
            ChecksumAlgorithm="CRC32",
        )


class Stored(NamedTuple):
    """What lies in an upload's folder."""

    sources: dict[str, Source]
    """The proxied parts, by ULID."""
    beginnings: set[int]
    """Numbers of the packed parts that were begun."""


def list_stored(key: FileKey) -> Stored:
    """Every part of an upload, 1,000 a call."""
    stored = Stored({}, set())
    for page in _pages(key):
        for listed in page.get("Contents", ()):
            name = listed["Key"].rpartition("/")[2]
            if name.startswith(_BEGINNING):
                stored.beginnings.add(int(name.removeprefix(_BEGINNING)))
            else:
                stored.sources[name] = Source(name, listed["Size"])
    return stored


def read_piece(key: FileKey, piece: Piece, into: memoryview) -> None:
    """Fill `into`, which is as long as the piece. A whole part is checked by its CRC32.

    Raises Unavailable where the body ends early, S3 stays silent, or the part is gone: then another
    request has just ended the upload, and this one finds that when it is repeated.
    """
    request: GetObjectRequestTypeDef = {
        "Bucket": settings.bucket(),
        "Key": part_object_key(key, piece.ulid),
    }
    if not piece.whole:
        request["Range"] = f"bytes={piece.start}-{piece.start + piece.bytes - 1}"
    with unavailable():
        answer = _get(request)
        if answer is None or _fill(into, answer["Body"]) != piece.bytes:
            raise Unavailable


def save_beginning(key: FileKey, number: int, label: str, content: bytes) -> None:
    """Keep the first bytes of a packed part for the next request, in place of an earlier one."""
    with unavailable():
        clients.s3().put_object(
            Bucket=settings.bucket(),
            Key=_beginning_key(key, number),
            Body=content,
            ChecksumAlgorithm="CRC32",
            Metadata={_LABEL: label},
        )


def read_beginning(key: FileKey, number: int, label: str, into: memoryview) -> int:
    """Read a beginning of the part that `label` names into the first bytes of `into`: how many.

    0 where there is none or another order of parts had it made.
    """
    request: GetObjectRequestTypeDef = {
        "Bucket": settings.bucket(),
        "Key": _beginning_key(key, number),
    }
    with unavailable():
        answer = _get(request)
        if answer is None or answer["Metadata"].get(_LABEL) != label:
            return 0
        size = answer["ContentLength"]
        if _fill(into[:size], answer["Body"]) != size:
            raise Unavailable
    return size


def delete_all(key: FileKey) -> None:
    """Delete everything in an upload's folder, page by page; harmless when it is empty."""
    for page in _pages(key):
        listed = [{"Key": found["Key"]} for found in page.get("Contents", ())]
        if not listed:
            return
        with unavailable():
            answer = clients.s3().delete_objects(
                Bucket=settings.bucket(),
                Delete={"Objects": listed, "Quiet": True},  # type: ignore[typeddict-item]  # as S3
            )
        if answer.get("Errors"):
            raise Unavailable


def _pages(key: FileKey) -> "Iterator[ListObjectsV2OutputTypeDef]":
    """An upload's folder, 1,000 objects a page. S3 continues behind a key, be it there or not."""
    request: ListObjectsV2RequestTypeDef = {
        "Bucket": settings.bucket(),
        "Prefix": parts_folder(key),
    }
    while True:
        with unavailable():
            page = clients.s3().list_objects_v2(**request)
        yield page
        if not page["IsTruncated"]:
            return
        request["ContinuationToken"] = page["NextContinuationToken"]


def _get(request: "GetObjectRequestTypeDef") -> "GetObjectOutputTypeDef | None":
    """An object's answer; None where it is gone."""
    try:
        return clients.s3().get_object(**request)
    except ClientError as error:
        if code_of(error) == "NoSuchKey":
            return None
        raise


def _fill(into: memoryview, body: "StreamingBody") -> int:
    """Read a body into `into`: its length, or -1 where it is longer."""
    position = 0
    while count := body.readinto(into[position:][:READ_BYTES]):  # type: ignore[arg-type]  # stub
        position += count
    return -1 if body.read() else position


def _beginning_key(key: FileKey, number: int) -> str:
    return part_object_key(key, f"{_BEGINNING}{number}")
