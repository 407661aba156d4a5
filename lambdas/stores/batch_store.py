"""A batch's objects under `batches/<account>/<ulid>/`: a copy of its input, and its results.

IAM actions: s3:GetObject of files (the source of the copy), s3:PutObject, s3:GetObject,
s3:DeleteObject of batches, and s3:ListBucket for what is there.

The copy is made by S3, so that a file that is deleted or expires does not end its batch. Results
come as segments, each written once under a name of its own and read only if a chunk names it. All
of it goes when the batch has ended, and at the latest by the folder's lifecycle rule.
"""

import io
from collections.abc import Iterator

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import FileNotFound, Unavailable
from lambdas.domain.file import FileRecord
from lambdas.domain.keys import BatchKey, batch_folder, batch_input_key, segment_key
from lambdas.domain.limits import GIB
from lambdas.stores.failures import code_of, unavailable
from lambdas.stores.object_stream import open_object

MOST_COPIED_BYTES = 5 * GIB
"""What S3 copies in one request (Amazon S3 API reference, CopyObject)."""


def pin_input(key: BatchKey, record: FileRecord) -> None:
    """Copy a file's bytes, once or again: they never change. Raises FileNotFound if they went."""
    with unavailable():
        try:
            clients.s3().copy_object(
                Bucket=settings.bucket(),
                Key=batch_input_key(key),
                CopySource={"Bucket": settings.bucket(), "Key": record.object_key},
            )
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                raise FileNotFound from error
            raise


def open_input(key: BatchKey, size: int) -> io.BufferedReader:
    """The copy from its first byte on. Raises as object_stream.open_object."""
    return open_object(batch_input_key(key), size)


def read_input(key: BatchKey, start: int, size: int) -> bytes:
    """A stretch of the copy, whole. Raises Unavailable where it ends early or is gone."""
    with unavailable():
        answer = clients.s3().get_object(
            Bucket=settings.bucket(),
            Key=batch_input_key(key),
            Range=f"bytes={start}-{start + size - 1}",
        )
        content = answer["Body"].read()
    if len(content) != size:
        raise Unavailable
    return content


def put_segment(key: BatchKey, name: str, content: bytes) -> None:
    """Store results, with a CRC32 that S3 checks."""
    with unavailable():
        clients.s3().put_object(
            Bucket=settings.bucket(),
            Key=segment_key(key, name),
            Body=content,
            ChecksumAlgorithm="CRC32",
        )


def open_segment(key: BatchKey, name: str) -> io.BufferedReader:
    return open_object(segment_key(key, name), None)


def delete_all(key: BatchKey) -> None:
    """Delete everything of a batch, page by page; harmless when nothing is there."""
    for names in _pages(key):
        with unavailable():
            answer = clients.s3().delete_objects(
                Bucket=settings.bucket(),
                Delete={"Objects": [{"Key": name} for name in names], "Quiet": True},
            )
        if answer.get("Errors"):
            raise Unavailable


def _pages(key: BatchKey) -> Iterator[list[str]]:
    """The batch's object keys, 1,000 a page. S3 continues behind a key, be it there or not."""
    token: dict[str, str] = {}
    while True:
        with unavailable():
            page = clients.s3().list_objects_v2(
                Bucket=settings.bucket(),
                Prefix=batch_folder(key),
                **token,  # type: ignore[arg-type]  # one optional argument
            )
        if names := [found["Key"] for found in page.get("Contents", ())]:
            yield names
        if not page["IsTruncated"]:
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}
