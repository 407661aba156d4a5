"""The answers a client reads, field by field. Pure."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from lambdas.domain.errors import error_list
from lambdas.domain.file import FileRecord
from lambdas.domain.ids import file_id
from lambdas.domain.validation import Validation

UnixSeconds = Annotated[int, Field(description="Unix seconds.")]
FileId = Annotated[str, Field(pattern="^file-[0-7][0-9A-HJKMNP-TV-Z]{25}$")]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
FileStatus = Annotated[
    Literal["uploaded", "processed", "error"],
    Field(description="`uploaded`: not checked yet; `processed`: valid; `error`: invalid lines."),
]


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)

    def json_body(self) -> str:
        return self.model_dump_json()


class FileObject(Answer):
    id: FileId
    object: Literal["file"] = "file"
    bytes: Annotated[int, Field(description="Size of the file, in bytes.")]
    created_at: Annotated[UnixSeconds, Field(description="When the upload began, in Unix seconds.")]
    expires_at: Annotated[
        UnixSeconds, Field(description="From then on the file does not exist, in Unix seconds.")
    ]
    filename: Annotated[str, Field(description="As it was uploaded.")]
    purpose: Annotated[str, Field(description="As it was uploaded.")]
    status: FileStatus
    status_details: Annotated[
        str | None, Field(description="Number of errors, and the first one with its line.")
    ]
    line_count: Annotated[int | None, Field(description="Number of requests; null until checked.")]
    sha256: Annotated[
        Sha256 | None, Field(description="SHA-256 of the file, in hex; null until checked.")
    ] = None

    @classmethod
    def of(cls, record: FileRecord) -> Self:
        return cls.model_validate(
            {
                "id": file_id(record.key.ulid),
                "bytes": record.bytes,
                "created_at": record.created_at,
                "expires_at": record.expires_at,
                "filename": record.filename,
                "purpose": record.purpose,
                "status": record.status.value,
                "status_details": record.status_details,
                "line_count": record.line_count,
                "sha256": record.sha256,
            }
        )


class FileList(Answer):
    object: Literal["list"] = "list"
    data: list[FileObject]
    first_id: FileId | Literal[""]
    last_id: Annotated[
        FileId | Literal[""],
        Field(description="Pass it as `after` for the next page; empty if `data` is."),
    ]
    has_more: bool

    @classmethod
    def of(cls, records: list[FileRecord], has_more: bool) -> Self:
        data = [FileObject.of(record) for record in records]
        return cls(
            data=data,
            first_id=data[0].id if data else "",
            last_id=data[-1].id if data else "",
            has_more=has_more,
        )


class FileDeleted(Answer):
    id: FileId
    object: Literal["file"] = "file"
    deleted: Literal[True] = True


class LineErrorObject(Answer):
    code: str
    line: Annotated[int | None, Field(description="From 1; null for the whole file.")]
    message: str
    param: str | None


class LineErrorList(Answer):
    object: Literal["list"] = "list"
    data: Annotated[list[LineErrorObject], Field(description="The first errors, 100 by default.")]


class ValidationReport(Answer):
    object: Literal["file.validation"] = "file.validation"
    file_id: FileId
    valid: Annotated[bool, Field(description="Whether no error was found.")]
    lines: Annotated[int, Field(description="Number of lines, including blank ones.")]
    requests: Annotated[int, Field(description="Number of lines that are not blank.")]
    bytes: Annotated[int, Field(description="Size of the file, in bytes.")]
    sha256: Annotated[Sha256, Field(description="SHA-256 of the file, in hex.")]
    models: Annotated[
        list[str], Field(max_length=20, description="Models that the requests name, up to 20.")
    ]
    error_count: Annotated[int, Field(description="Number of all errors.")]
    errors: LineErrorList
    checked_at: UnixSeconds
    duration_ms: Annotated[int, Field(description="How long the check took, in milliseconds.")]

    @classmethod
    def of(cls, ulid: str, validation: Validation) -> Self:
        report = validation.report
        return cls.model_validate(
            {
                "file_id": file_id(ulid),
                "valid": report.valid,
                "lines": report.lines,
                "requests": report.requests,
                "bytes": report.bytes,
                "sha256": report.sha256,
                "models": list(report.models),
                "error_count": report.error_count,
                "errors": error_list(report.errors),
                "checked_at": validation.checked_at,
                "duration_ms": validation.duration_ms,
            }
        )


class ErrorFields(Answer):
    message: str
    type: str
    param: str | None
    code: str


class NestedError(ErrorFields):
    error_count: int | None = None
    errors: LineErrorList | None = None


class ErrorBody(ErrorFields):
    """Every error in both shapes at once: nested as OpenAI's clients read it, flat as Cerebras'."""

    error: NestedError


class Redirect(Answer):
    """The body of a redirect, for those who did not follow it."""

    message: str
    location: str


class ContentLocation(Answer):
    """Where the bytes are, for clients that follow no redirect (`?redirect=false`)."""

    location: Annotated[str, Field(description="GET it without an Authorization header.")]
    expires_at: Annotated[UnixSeconds, Field(description="When `location` stops working.")]
    bytes: int
    sha256: Annotated[Sha256 | None, Field(description="Of the bytes, in hex; null until checked.")]
