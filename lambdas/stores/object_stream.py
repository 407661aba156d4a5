"""Read an object of the bucket as one stream that survives cut connections.

IAM action: s3:GetObject.

botocore retries a request but not a body: a connection that dies in the middle of one would end
the read early or raise. Here the rest is asked for with `Range` and, so that two versions are
never joined, `If-Match` on the ETag of the first answer. A body shorter than S3 announced is
never taken for a whole one.
"""

import io
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.file import FileRecord
from lambdas.stores.failures import code_of, unavailable

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

BUFFER_BYTES = 1 << 20
TRIES_WITHOUT_PROGRESS = 3


class ObjectMissing(Exception):
    """The object is not there, or no longer."""


class ObjectChanged(Exception):
    """The object is not the one of the record, or was replaced while it was read."""


def open_stream(record: FileRecord) -> io.BufferedReader:
    """The file's bytes from the first on. Raises ObjectMissing, or ObjectChanged for another size.

    Reading raises ObjectMissing, ObjectChanged, or Unavailable where S3 stays silent.
    """
    return open_object(record.object_key, record.bytes)


def open_object(object_key: str, size: int | None) -> io.BufferedReader:
    """An object's bytes, as `open_stream`; None takes the size that S3 announces first."""
    return io.BufferedReader(_ResumingBody(object_key, size), BUFFER_BYTES)


class _ResumingBody(io.RawIOBase):
    def __init__(self, object_key: str, size: int | None) -> None:
        self._key = object_key
        self._expected = size
        self._size = 0
        self._position = 0
        self._etag: str | None = None
        self._body: StreamingBody | None = None
        self._body = self._open()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # all BufferedReader passes
        failures = 0
        assert self._body is not None
        while self._position < self._size:
            try:
                chunk = self._body.read(len(buffer))
                if chunk:
                    buffer[: len(chunk)] = chunk
                    self._position += len(chunk)
                    return len(chunk)
                cause: Exception | None = None
            except (HTTPError, BotoCoreError, OSError) as error:
                cause = error
            failures += 1
            if failures > TRIES_WITHOUT_PROGRESS:
                raise Unavailable from cause
            self._body.close()
            self._body = self._open()
        return 0

    def close(self) -> None:
        if self._body is not None and not self.closed:
            self._body.close()
        super().close()

    def _open(self) -> "StreamingBody":
        request: GetObjectRequestTypeDef = {"Bucket": settings.bucket(), "Key": self._key}
        if self._etag is not None:
            request |= {"Range": f"bytes={self._position}-", "IfMatch": self._etag}
        with unavailable():
            try:
                answer = clients.s3().get_object(**request)
            except ClientError as error:
                match code_of(error):
                    case "NoSuchKey":
                        raise ObjectMissing(self._key) from error
                    case "PreconditionFailed" | "InvalidRange":
                        raise ObjectChanged(self._key) from error
                raise
        if self._etag is None:
            self._size = answer["ContentLength"]
            if self._expected not in (None, self._size):
                answer["Body"].close()
                raise ObjectChanged(self._key)
            self._etag = answer["ETag"]
        return answer["Body"]
