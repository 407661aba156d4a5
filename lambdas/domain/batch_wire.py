"""The answers of `/batches`, field by field, as OpenAI's clients type them. Pure."""

from typing import Annotated, Literal, Self

from pydantic import Field

from lambdas.domain.batch import BatchRecord, TokenUsage
from lambdas.domain.errors import error_list
from lambdas.domain.ids import batch_id, file_id
from lambdas.domain.wire import Answer, FileId, LineErrorList, UnixSeconds

BatchId = Annotated[str, Field(pattern="^batch-[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
BatchStatusName = Annotated[
    Literal[
        "validating",
        "failed",
        "in_progress",
        "finalizing",
        "completed",
        "expired",
        "cancelling",
        "cancelled",
    ],
    Field(description="`failed`: the input cannot be used. Failed requests do not fail the batch."),
]


class RequestCounts(Answer):
    total: Annotated[int, Field(description="0 until the input is read.")]
    completed: Annotated[int, Field(description="Lines of the output file.")]
    failed: Annotated[int, Field(description="Lines of the error file.")]


class InputTokensDetails(Answer):
    cached_tokens: int


class OutputTokensDetails(Answer):
    reasoning_tokens: int


class BatchUsage(Answer):
    """The sum of what the model endpoint reported."""

    input_tokens: int
    input_tokens_details: InputTokensDetails
    output_tokens: int
    output_tokens_details: OutputTokensDetails
    total_tokens: int

    @classmethod
    def of(cls, usage: TokenUsage) -> Self:
        return cls(
            input_tokens=usage.input_tokens,
            input_tokens_details=InputTokensDetails(cached_tokens=usage.cached_tokens),
            output_tokens=usage.output_tokens,
            output_tokens_details=OutputTokensDetails(reasoning_tokens=usage.reasoning_tokens),
            total_tokens=usage.total_tokens,
        )


class BatchObject(Answer):
    id: BatchId
    object: Literal["batch"] = "batch"
    endpoint: str
    model: Annotated[
        str | None, Field(description="Model of the first request; null until the input is read.")
    ]
    errors: Annotated[LineErrorList | None, Field(description="Why the batch failed.")]
    input_file_id: FileId
    completion_window: str
    status: BatchStatusName
    output_file_id: Annotated[FileId | None, Field(description="Null until the file exists.")]
    error_file_id: Annotated[FileId | None, Field(description="Null until the file exists.")]
    created_at: UnixSeconds
    in_progress_at: UnixSeconds | None
    expires_at: Annotated[UnixSeconds, Field(description="When the completion window ends.")]
    finalizing_at: UnixSeconds | None
    completed_at: UnixSeconds | None
    failed_at: UnixSeconds | None
    expired_at: UnixSeconds | None
    cancelling_at: UnixSeconds | None
    cancelled_at: UnixSeconds | None
    request_counts: RequestCounts
    usage: BatchUsage | None
    metadata: dict[str, str] | None

    @classmethod
    def of(cls, record: BatchRecord) -> Self:
        errors = error_list(record.errors) if record.errors else None
        usage = None if record.usage == TokenUsage() else BatchUsage.of(record.usage)
        return cls.model_validate(
            {
                "id": batch_id(record.key.ulid),
                "endpoint": record.endpoint,
                "model": record.model,
                "errors": errors,
                "input_file_id": file_id(record.input_ulid),
                "completion_window": record.completion_window,
                "status": record.status.value,
                "output_file_id": file_id(record.output_ulid) if record.output_ulid else None,
                "error_file_id": file_id(record.error_ulid) if record.error_ulid else None,
                "created_at": record.created_at,
                "in_progress_at": record.in_progress_at,
                "expires_at": record.window_ends_at,
                "finalizing_at": record.finalizing_at,
                "completed_at": record.completed_at,
                "failed_at": record.failed_at,
                "expired_at": record.expired_at,
                "cancelling_at": record.cancelling_at,
                "cancelled_at": record.cancelled_at,
                "request_counts": {
                    "total": record.total,
                    "completed": record.completed,
                    "failed": record.failed,
                },
                "usage": usage,
                "metadata": record.metadata,
            }
        )


class BatchList(Answer):
    object: Literal["list"] = "list"
    data: list[BatchObject]
    first_id: BatchId | Literal[""]
    last_id: Annotated[
        BatchId | Literal[""],
        Field(description="Pass it as `after` for the next page; empty if `data` is."),
    ]
    has_more: bool

    @classmethod
    def of(cls, records: list[BatchRecord], has_more: bool) -> Self:
        data = [BatchObject.of(record) for record in records]
        return cls(
            data=data,
            first_id=data[0].id if data else "",
            last_id=data[-1].id if data else "",
            has_more=has_more,
        )
