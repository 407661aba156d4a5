"""Proxied parts: objects under `parts/<account>/<upload's ulid>/` until they are packed.

IAM actions: s3:PutObject, s3:GetObject, s3:DeleteObject, and s3:ListBucket for what is there.

A part is written once, under an id of its own, and goes when its upload ends. One that arrives
while that happens goes with the record, or by the folder's lifecycle rule.
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.keys import FileKey, part_object_key, parts_folder
from lambdas.domain.pack_plan import Piece, Source
from lambdas.stores.failures import code_of, unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef, ListObjectsV2RequestTypeDef

READ_BYTES = 256 << 10


def put(key: FileKey, part_ulid: str, content: bytes) -> None:
    """Store one part, with a CRC32 that S3 checks."""
    with unavailable():
        clients.s3().put_object(
            Bucket=settings.bucket(),
            Key=part_object_key(key, part_ulid),
            Body=content,
            ChecksumAlgorithm="CRC32",
        )


def list_parts(key: FileKey) -> list[Source]:
    """Every part of an upload, 1,000 a call."""
    folder = parts_folder(key)
    request: ListObjectsV2RequestTypeDef = {"Bucket": settings.bucket(), "Prefix": folder}
    found: list[Source] = []
    while True:
        with unavailable():
            page = clients.s3().list_objects_v2(**request)
        found += [
            Source(listed["Key"].removeprefix(folder), listed["Size"])
            for listed in page.get("Contents", ())
        ]
        if not page["IsTruncated"]:
            return found
        request["ContinuationToken"] = page["NextContinuationToken"]


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
        try:
            body = clients.s3().get_object(**request)["Body"]
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                raise Unavailable from error
            raise
        position = 0
        while count := body.readinto(into[position:][:READ_BYTES]):  # type: ignore[arg-type]  # stub
            position += count
        surplus = body.read()
    if position != piece.bytes or surplus:
        raise Unavailable


def delete_all(key: FileKey) -> None:
    """Delete every part of an upload; harmless when there is none."""
    folder = parts_folder(key)
    ulids = [part.ulid for part in list_parts(key)]
    for start in range(0, len(ulids), 1_000):
        with unavailable():
            answer = clients.s3().delete_objects(
                Bucket=settings.bucket(),
                Delete={
                    "Objects": [{"Key": folder + ulid} for ulid in ulids[start : start + 1_000]],
                    "Quiet": True,
                },
            )
        if answer.get("Errors"):
            raise Unavailable
