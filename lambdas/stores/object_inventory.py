"""The bucket as a whole: what is in it, page after page, and the removal of many objects at once.

IAM actions: s3:ListBucket, s3:DeleteObject; s3:GetObject (to look at one without reading it); and
s3:GetObject and s3:PutObject for the reconciler's progress.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.keys import RECONCILER_PROGRESS
from lambdas.stores.failures import code_of, status_of, unavailable

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ListObjectsV2RequestTypeDef

PAGE = 1_000
"""The most that one ListObjectsV2 answers and one DeleteObjects takes (S3 API reference)."""


@dataclass(frozen=True)
class StoredObject:
    """An object as a listing has it. `made_at`, Unix seconds: where it was joined from parts, S3
    gives the time at which its multipart upload began."""

    key: str
    bytes: int
    made_at: int


class ObjectPage(NamedTuple):
    """`cursor` is the key behind which the next page begins; None after the last."""

    objects: list[StoredObject]
    cursor: str | None


def list_page(folder: str, after: str | None) -> ObjectPage:
    """The next objects of a folder behind the key `after`, in the order of their keys."""
    request: ListObjectsV2RequestTypeDef = {
        "Bucket": settings.bucket(),
        "Prefix": folder,
        "MaxKeys": PAGE,
    }
    if after is not None:
        request["StartAfter"] = after
    with unavailable():
        answer = clients.s3().list_objects_v2(**request)
    objects = [
        StoredObject(listed["Key"], listed["Size"], int(listed["LastModified"].timestamp()))
        for listed in answer.get("Contents", ())
    ]
    return ObjectPage(objects, objects[-1].key if answer["IsTruncated"] else None)


def delete_objects(keys: list[str]) -> list[str]:
    """Delete PAGE objects at most; harmless where one is gone. The keys of those that stay.

    Raises Unavailable where S3 does not answer.
    """
    if not keys:
        return []
    with unavailable():
        answer = clients.s3().delete_objects(
            Bucket=settings.bucket(),
            Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True},
        )
    return [error["Key"] for error in answer.get("Errors", ())]


def size_of(key: str) -> int | None:
    """An object's bytes; None where there is none."""
    with unavailable():
        try:
            answer = clients.s3().head_object(Bucket=settings.bucket(), Key=key)
        except ClientError as error:
            if status_of(error) == HTTPStatus.NOT_FOUND:
                return None
            raise
    return answer["ContentLength"]


def read_progress() -> str | None:
    """What write_progress was given last; None before the first time."""
    with unavailable():
        try:
            answer = clients.s3().get_object(Bucket=settings.bucket(), Key=RECONCILER_PROGRESS)
            return answer["Body"].read().decode()
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None
            raise


def write_progress(progress: str) -> None:
    with unavailable():
        clients.s3().put_object(
            Bucket=settings.bucket(), Key=RECONCILER_PROGRESS, Body=progress.encode()
        )
