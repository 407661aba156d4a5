"""What a client asks of `/batches`, parsed and bounded. A failure is one ApiError. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lambdas.domain.errors import InvalidValue, MissingParameter
from lambdas.domain.ids import FILE_ID_PREFIX, parse_id
from lambdas.domain.keys import DAY_S
from lambdas.domain.limits import (
    MAX_RETENTION_S,
    MIN_RETENTION_S,
    Limits,
)
from lambdas.domain.upload_requests import shown
from linegate.jsonl.report import clip

METADATA_PAIRS = 16
METADATA_KEY_CHARS = 64
METADATA_VALUE_CHARS = 512

RESULTS_RETENTION_S = 30 * DAY_S
"""Of the output and the error file, without `output_expires_after`."""

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewBatch:
    """The body of `POST /batches`."""

    input_ulid: str
    endpoint: str
    completion_window: str
    results_retention_s: int
    metadata: Mapping[str, str] | None


def parse_new_batch(fields: Fields, limits: Limits) -> NewBatch:
    """Unknown fields are ignored. Raises MissingParameter or InvalidValue."""
    return NewBatch(
        input_ulid=_input(fields),
        endpoint=_one_of(fields, "endpoint", limits.check.request_urls),
        completion_window=_window(fields, limits),
        results_retention_s=_retention(fields),
        metadata=_metadata(fields),
    )


def _input(fields: Fields) -> str:
    sent = _string(fields, "input_file_id")
    ulid = parse_id(sent, FILE_ID_PREFIX)
    if ulid is None:
        raise no_such_input(sent)
    return ulid


def no_such_input(file_id: str) -> InvalidValue:
    """The same for a file that never was, has gone, or is another account's."""
    return InvalidValue(
        "input_file_id",
        f"There is no file '{clip(file_id)}'. It never existed, has expired, or was deleted.",
    )


def _window(fields: Fields, limits: Limits) -> str:
    if fields.get("completion_window") is None:
        return limits.completion_windows[0]
    return _one_of(fields, "completion_window", limits.completion_windows)


def _retention(fields: Fields) -> int:
    policy = fields.get("output_expires_after")
    if policy is None:
        return RESULTS_RETENTION_S
    if not isinstance(policy, dict):
        raise InvalidValue(
            "output_expires_after",
            f"output_expires_after must be an object with anchor and seconds, not {shown(policy)}.",
        )
    if policy.get("anchor") != "created_at":
        raise InvalidValue(
            "output_expires_after.anchor",
            f"output_expires_after.anchor {shown(policy.get('anchor'))} is not supported; "
            "use 'created_at'.",
        )
    seconds = policy.get("seconds")
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise InvalidValue(
            "output_expires_after.seconds",
            f"output_expires_after.seconds must be a whole number, not {shown(seconds)}.",
        )
    if not MIN_RETENTION_S <= seconds <= MAX_RETENTION_S:
        raise InvalidValue(
            "output_expires_after.seconds",
            f"output_expires_after.seconds '{seconds}' is not between {MIN_RETENTION_S} and "
            f"{MAX_RETENTION_S}.",
        )
    return seconds


def _metadata(fields: Fields) -> dict[str, str] | None:
    metadata = fields.get("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise InvalidValue(
            "metadata", f"metadata must be an object of strings, not {shown(metadata)}."
        )
    if len(metadata) > METADATA_PAIRS:
        raise InvalidValue(
            "metadata", f"metadata has {len(metadata)} pairs; the maximum is {METADATA_PAIRS}."
        )
    for key, value in metadata.items():
        if not 1 <= len(key) <= METADATA_KEY_CHARS:
            raise InvalidValue(
                "metadata",
                f"The metadata key '{clip(key)}' has {len(key)} characters; 1 to "
                f"{METADATA_KEY_CHARS} are allowed.",
            )
        if not isinstance(value, str) or len(value) > METADATA_VALUE_CHARS:
            raise InvalidValue(
                "metadata",
                f"The metadata value of '{clip(key)}' must be a string of at most "
                f"{METADATA_VALUE_CHARS} characters.",
            )
        _require_text("metadata", key + value)
    return metadata


def _one_of(fields: Fields, name: str, allowed: tuple[str, ...]) -> str:
    sent = _string(fields, name)
    if sent not in allowed:
        raise InvalidValue(
            name, f"{name} '{clip(sent)}' is not supported; use one of: {', '.join(allowed)}."
        )
    return sent


def _string(fields: Fields, name: str) -> str:
    value = fields.get(name)
    if value is None:
        raise MissingParameter(name)
    if not isinstance(value, str):
        raise InvalidValue(name, f"{name} must be a string, not {shown(value)}.")
    _require_text(name, value)
    return value


def _require_text(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(
            name, f"{name} contains half of a surrogate pair, which is not valid Unicode."
        ) from error
