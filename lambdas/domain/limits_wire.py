"""The answer of `GET /limits`: what is accepted here, and what the account holds of it. Pure."""

from typing import Annotated, Literal, Self

from pydantic import Field

from lambdas.domain.limits import (
    MAX_FILENAME_CHARS,
    MAX_PAGE,
    MAX_RETENTION_S,
    MIN_RETENTION_S,
    Limits,
)
from lambdas.domain.purposes import PURPOSES
from lambdas.domain.usage import Usage, quotas
from lambdas.domain.version import VERSION
from lambdas.domain.wire import Answer
from linegate.api_keys import Role


class RetentionObject(Answer):
    default: Annotated[int, Field(description="Without expires_after, in seconds.")]
    min: int
    max: int


class PurposeObject(Answer):
    name: str
    writable: Annotated[bool, Field(description="Whether the key of this request may write it.")]
    retention_seconds: Annotated[int, Field(description="Without expires_after.")]

    @classmethod
    def of(cls, name: str, role: Role, limits: Limits) -> Self:
        purpose = PURPOSES[name]
        return cls(
            name=name,
            writable=role in purpose.writers,
            retention_seconds=purpose.retention_s or limits.retention_s,
        )


class BatchLimitsObject(Answer):
    """The rules of the line check."""

    max_requests: int
    max_line_bytes: Annotated[int, Field(description="Without the line ending.")]
    max_depth: Annotated[int, Field(description="Nested objects and arrays.")]
    request_urls: list[str]
    one_model_per_file: bool
    kept_errors: Annotated[int, Field(description="Errors listed; all are counted.")]


class UsageObject(Answer):
    files: Annotated[int, Field(description="Pending uploads included.")]
    bytes: Annotated[int, Field(description="Pending uploads included.")]
    pending_uploads: int

    @classmethod
    def of(cls, usage: Usage) -> Self:
        return cls(files=usage.files, bytes=usage.bytes, pending_uploads=usage.pending_uploads)


class LimitsObject(Answer):
    object: Literal["limits"] = "limits"
    version: Annotated[str, Field(description="Of the service.")]
    max_file_bytes: int
    max_direct_bytes: Annotated[
        int, Field(description="Of the file of POST /files, and of one proxied part.")
    ]
    max_filename_chars: int
    max_page: int
    retention_seconds: RetentionObject
    upload_lifetime_seconds: int
    url_lifetime_seconds: Annotated[
        int, Field(description="At most; less where the signing credentials end sooner.")
    ]
    purposes: list[PurposeObject]
    batch: BatchLimitsObject
    quotas: Annotated[UsageObject, Field(description="What the account may hold.")]
    usage: Annotated[UsageObject, Field(description="What the account holds now.")]

    @classmethod
    def of(cls, limits: Limits, role: Role, usage: Usage) -> Self:
        return cls(
            version=VERSION,
            max_file_bytes=limits.file_bytes,
            max_direct_bytes=limits.direct_bytes,
            max_filename_chars=MAX_FILENAME_CHARS,
            max_page=MAX_PAGE,
            retention_seconds=RetentionObject(
                default=limits.retention_s, min=MIN_RETENTION_S, max=MAX_RETENTION_S
            ),
            upload_lifetime_seconds=limits.upload_lifetime_s,
            url_lifetime_seconds=limits.url_lifetime_s,
            purposes=[PurposeObject.of(name, role, limits) for name in limits.purposes],
            batch=BatchLimitsObject(
                max_requests=limits.check.requests,
                max_line_bytes=limits.check.line_bytes,
                max_depth=limits.check.depth,
                request_urls=list(limits.check.request_urls),
                one_model_per_file=limits.check.one_model_per_file,
                kept_errors=limits.check.kept_errors,
            ),
            quotas=UsageObject.of(quotas(limits)),
            usage=UsageObject.of(usage),
        )
