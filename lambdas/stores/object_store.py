"""The bucket: files under `files/<retention days>/<account>/<ulid>`.

IAM actions: s3:PutObject, s3:GetObject; s3:ListBucket, without which S3 answers 403 and not 404
for an object that is not there.

An object is written once and never changed. It goes when its record goes (the reaper), and at
the latest by the lifecycle rule of its retention folder.
"""

from http import HTTPStatus

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import FileNotFound
from lambdas.domain.file import FileRecord
from lambdas.domain.headers import content_disposition
from lambdas.stores.failures import code_of, status_of, unavailable

MEDIA_TYPE = "application/x-ndjson"


def put(record: FileRecord, content: bytes) -> None:
    """Store a file that came whole, with a CRC32 that S3 checks."""
    with unavailable():
        clients.s3().put_object(
            Bucket=settings.bucket(),
            Key=record.object_key,
            Body=content,
            ContentType=MEDIA_TYPE,
            ChecksumAlgorithm="CRC32",
        )


def get(record: FileRecord) -> bytes:
    """A whole file, of those small enough to answer with. Raises FileNotFound if it just went."""
    with unavailable():
        try:
            answer = clients.s3().get_object(Bucket=settings.bucket(), Key=record.object_key)
            return answer["Body"].read()
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                raise FileNotFound from error
            raise


def signed_get_url(record: FileRecord, lifetime_s: int) -> str:
    """A URL that downloads the file under its own name. Signed here; no call to S3."""
    return clients.s3().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings.bucket(),
            "Key": record.object_key,
            "ResponseContentType": MEDIA_TYPE,
            "ResponseContentDisposition": content_disposition(record.filename),
        },
        ExpiresIn=lifetime_s,
    )


def exists(record: FileRecord) -> bool:
    """Whether the file's bytes are there: an object appears whole or not at all."""
    with unavailable():
        try:
            clients.s3().head_object(Bucket=settings.bucket(), Key=record.object_key)
        except ClientError as error:
            if status_of(error) == HTTPStatus.NOT_FOUND:
                return False
            raise
    return True
