"""Every error that a client can receive, with its HTTP response.

    ApiError
    ├── BadRequest 400
    │   ├── MissingParameter    missing_required_parameter
    │   ├── InvalidValue        invalid_value
    │   │   ├── UploadEnded
    │   │   └── BatchEnded
    │   ├── InvalidMultipart    invalid_multipart
    │   └── InvalidLines        the first line error's code
    ├── InvalidApiKey 401       invalid_api_key
    ├── QuotaExceeded 403       quota_exceeded
    ├── FileNotFound 404        file_not_found
    ├── UploadNotFound 404      upload_not_found
    ├── BatchNotFound 404       batch_not_found
    ├── RouteNotFound 404       not_found
    ├── UnsupportedMedia 415    unsupported_media_type
    ├── RequestTooLarge 413     request_too_large
    ├── PartTooLarge 413        request_too_large
    ├── InternalError 500       internal_error
    └── Unavailable 503         internal_error, with Retry-After
        └── StillJoining

No permanent error has status 408, 409 or 429: the SDKs would retry the request.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from linegate.jsonl import LineError
from linegate.jsonl.error_body import error_body


class ApiError(Exception):
    status: ClassVar[int]
    type: ClassVar[str] = "invalid_request_error"
    code: str
    retry_after_s: ClassVar[int | None] = None
    cause: ClassVar[str]
    """When it occurs and, in `remedy`, what to do: docs/errors.md is generated from both."""
    remedy: ClassVar[str]

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param

    def body(self) -> dict[str, Any]:
        """As the response carries it."""
        return error_body(self.message, self.type, self.code, self.param, self.details())

    def details(self) -> dict[str, Any]:
        """More fields of `error`."""
        return {}


class BadRequest(ApiError):
    status = 400


class MissingParameter(BadRequest):
    code = "missing_required_parameter"
    cause = "A required field of the form or the JSON body is absent."
    remedy = "Send the field that `param` names."

    def __init__(self, param: str) -> None:
        super().__init__(f"The field '{param}' is required.", param)


class InvalidValue(BadRequest):
    code = "invalid_value"
    cause = "A field, query parameter or header has a value that is not allowed."
    remedy = (
        "Read `message`: it quotes the value, lists what is allowed, and names the field, as "
        "`param` does."
    )

    def __init__(self, param: str | None, message: str) -> None:
        super().__init__(message, param)


class UploadEnded(InvalidValue):
    """The upload is not pending any more. Not 409: the SDKs would repeat the request."""

    cause = "The upload was completed or cancelled before, so it accepts no more requests."
    remedy = "Use the file that the upload became, or create a new upload."

    def __init__(self, message: str) -> None:
        super().__init__(None, message)


class BatchEnded(InvalidValue):
    """There is nothing left to cancel. Not 409: the SDKs would repeat the request."""

    def __init__(self, status: str) -> None:
        super().__init__(None, f"The batch is '{status}' and can no longer be cancelled.")


class InvalidMultipart(BadRequest):
    code = "invalid_multipart"
    cause = "The body is not a well-formed `multipart/form-data` body."
    remedy = (
        "Let the HTTP library build the form, and set no Content-Type header by hand: it "
        "carries the boundary."
    )


class InvalidLines(BadRequest):
    """The file's lines break the rules; carries the errors as the validation report does."""

    cause = "The lines of the file break rules. `error.errors` lists them, with their lines."
    remedy = "Correct the lines and send the file again. `linegate check FILE` finds them locally."

    def __init__(self, message: str, error_count: int, errors: Sequence[LineError]) -> None:
        super().__init__(message, errors[0].param)
        self.code = errors[0].code
        self.error_count = error_count
        self.errors = errors

    def details(self) -> dict[str, Any]:
        return {"error_count": self.error_count, "errors": error_list(self.errors)}


class InvalidApiKey(ApiError):
    status, code = 401, "invalid_api_key"
    cause = "The key is missing, unknown, revoked or expired, or not sent as a bearer token."
    remedy = (
        "Send `Authorization: Bearer lg_…`. An operator creates keys with `linegate keys create`."
    )

    def __init__(self) -> None:
        super().__init__(
            "The API key is missing, unknown, revoked or expired. "
            "Send it as 'Authorization: Bearer lg_...'."
        )


class QuotaExceeded(ApiError):
    """The account is full until something of its own is removed. Not 429: the SDKs would retry."""

    status, code = 403, "quota_exceeded"
    cause = "The account has reached its quota of files, bytes or pending uploads."
    remedy = (
        "Delete files or cancel uploads, or wait until some expire. `GET /limits` shows usage "
        "and quotas."
    )


class FileNotFound(ApiError):
    status, code = 404, "file_not_found"
    cause = (
        "The file never existed, has expired, was deleted, or belongs to another account. Or its "
        "lines have not been checked yet (`/validation` only)."
    )
    remedy = (
        "Check the id, and that the API key belongs to the right account. `GET /files` lists its "
        "files."
    )

    def __init__(self) -> None:
        super().__init__("No such file. It never existed, has expired, or was deleted.")


class UploadNotFound(ApiError):
    status, code = 404, "upload_not_found"
    cause = "The upload never existed, has expired, or belongs to another account."
    remedy = "Create a new upload. `GET /uploads` lists the pending ones."

    def __init__(self) -> None:
        super().__init__("No such upload. It never existed or has expired; create a new one.")


class BatchNotFound(ApiError):
    status, code = 404, "batch_not_found"
    cause = "The batch never existed, has been removed, or belongs to another account."
    remedy = "`GET /batches` lists the account's batches."

    def __init__(self) -> None:
        super().__init__("No such batch. It never existed, or has been removed.")


class RouteNotFound(ApiError):
    status, code = 404, "not_found"
    cause = "The path does not exist, or does not support the method."
    remedy = "Check the base URL, which ends in `/v1`, and the path against `GET /openapi.json`."

    def __init__(self) -> None:
        super().__init__("No such route or method. GET /v1/openapi.json lists all routes.")


class UnsupportedMedia(ApiError):
    status, code = 415, "unsupported_media_type"
    cause = "The route does not accept the request's content type."
    remedy = "Send the content type that `message` names."

    def __init__(self, expected: str) -> None:
        super().__init__(f"Send this request with 'Content-Type: {expected}'.")


class RequestTooLarge(ApiError):
    status, code = 413, "request_too_large"
    cause = "The file in the request is larger than `max_direct_bytes` of `GET /limits`."
    remedy = "Upload it in parts: `POST /uploads`, `linegate upload`, or a drop-in HTTP client."

    def __init__(self, direct_bytes: int) -> None:
        super().__init__(
            f"A request can carry at most {direct_bytes} bytes of a file. Send a larger file in "
            "parts: with POST /uploads, or with the openai client's uploads.upload_file_chunked("
            f"part_size={direct_bytes})."
        )


class PartTooLarge(ApiError):
    status, code = 413, "request_too_large"
    cause = "A part sent through the API is larger than `max_direct_bytes` of `GET /limits`."
    remedy = "Send smaller parts: `upload_file_chunked(part_size=…)` with the size in `message`."

    def __init__(self, part_bytes: int | None, direct_bytes: int) -> None:
        size = "more" if part_bytes is None else f"{part_bytes} bytes"
        super().__init__(
            f"A part can have at most {direct_bytes} bytes; this one has {size}. Send smaller "
            f"parts: with the openai client, upload_file_chunked(part_size={direct_bytes}).",
            "data",
        )


class InternalError(ApiError):
    status, type, code = 500, "api_error", "internal_error"
    cause = "A defect of the service."
    remedy = "Retry the request. If it fails again, send the operator the `x-request-id` header."

    def __init__(self) -> None:
        super().__init__(
            "The service failed. Try again; if that fails, too, report the x-request-id header."
        )


class Unavailable(ApiError):
    """S3 or DynamoDB did not answer, after retries. Nothing was lost; retry the request."""

    status, type, code = 503, "api_error", "internal_error"
    cause = "A dependency (Amazon S3, DynamoDB) did not answer in time, or is throttling."
    remedy = "Retry after `Retry-After` seconds; the SDKs do so. Nothing was lost."
    retry_after_s = 2
    explanation = "The service is busy or a dependency is unavailable. Try again shortly."

    def __init__(self) -> None:
        super().__init__(self.explanation)


class StillJoining(Unavailable):
    """Proxied parts take longer to join than one request may last; what is done is kept."""

    cause = "`complete` is still joining the parts. What has been joined is kept."
    remedy = "Send the same `complete` again until it returns 200; the SDKs retry twice."

    retry_after_s = 1
    explanation = "The parts are being joined. Send the same request again: it resumes from here."


def error_list(errors: Sequence[LineError]) -> dict[str, Any]:
    """Line errors as a list object, the same in the report and in an error's body."""
    return {
        "object": "list",
        "data": [
            {"code": e.code, "line": e.line, "message": e.message, "param": e.param} for e in errors
        ],
    }
