"""What a client asks of `/uploads`, parsed and bounded. A failure is one ApiError. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from lambdas.domain.errors import InvalidValue, MissingParameter, PartTooLarge
from lambdas.domain.form import FormField
from lambdas.domain.ids import PART_ID_PREFIX, parse_id
from lambdas.domain.limits import Limits
from lambdas.domain.requests import (
    fields_once,
    valid_filename,
    valid_retention,
    writable_purpose,
)
from linegate.api_keys import Role
from linegate.jsonl.digest import parse_md5
from linegate.jsonl.purposes import Purpose
from linegate.jsonl.report import CLIPPED_CHARS, clip

MAX_PROXIED_PARTS = 10_000
"""As many as S3 takes of its own parts. Each is one more read when they are joined."""

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewUpload:
    """The body of `POST /uploads`."""

    filename: str
    purpose: Purpose
    bytes: int
    retention_s: int


@dataclass(frozen=True, slots=True)
class Completion:
    """The body of `POST /uploads/{id}/complete`. Parts are ULIDs; without any, it is the presigned
    parts that are joined. The MD5 is in hex."""

    part_ulids: tuple[str, ...] = ()
    md5: str | None = None


def parse_new_upload(fields: Fields, role: Role, limits: Limits) -> NewUpload:
    """Unknown fields are ignored. Raises MissingParameter or InvalidValue."""
    purpose = writable_purpose(_string(fields, "purpose"), role, limits)
    filename = valid_filename(_string(fields, "filename"), "filename")
    size = _whole(fields, "bytes")
    if not 1 <= size <= limits.file_bytes:
        raise InvalidValue("bytes", f"bytes '{size}' is not between 1 and {limits.file_bytes}.")
    if fields.get("mime_type") is not None:
        _string(fields, "mime_type")
    retention_s = _retention(fields) or purpose.retention_s or limits.retention_s
    return NewUpload(filename, purpose, size, retention_s)


def parse_completion(fields: Fields) -> Completion:
    """Raises InvalidValue, which names the part that is wrong."""
    part_ids = fields.get("part_ids")
    if part_ids is not None and not isinstance(part_ids, list):
        raise InvalidValue(
            "part_ids",
            f"part_ids must be a list of ids such as 'part-01J…', not {shown(part_ids)}.",
        )
    if part_ids is not None and len(part_ids) > MAX_PROXIED_PARTS:
        raise InvalidValue(
            "part_ids",
            f"part_ids lists {len(part_ids)} parts; the maximum is {MAX_PROXIED_PARTS}.",
        )
    ulids: dict[str, None] = {}
    for part_id in part_ids or ():
        ulid = parse_id(part_id, PART_ID_PREFIX) if isinstance(part_id, str) else None
        if ulid is None:
            raise InvalidValue(
                "part_ids", f"{shown(part_id)} is not a part id such as 'part-01J…'."
            )
        if ulid in ulids:
            raise InvalidValue(
                "part_ids", f"'{part_id}' is listed twice. List each part once, in order."
            )
        ulids[ulid] = None
    md5 = _md5(_string(fields, "md5")) if fields.get("md5") is not None else None
    return Completion(tuple(ulids), md5)


def parse_part(form: list[FormField], limits: Limits) -> bytes:
    """The field `data`. Raises MissingParameter, InvalidValue or RequestTooLarge."""
    field = fields_once(form).get("data")
    if field is None:
        raise MissingParameter("data")
    if not field.content:
        raise InvalidValue("data", "The part is empty. Send at least one byte.")
    if len(field.content) > limits.direct_bytes:
        raise PartTooLarge(len(field.content), limits.direct_bytes)
    return field.content


def parse_json(body: bytes) -> dict[str, Any]:
    """One JSON object, whatever content type it was sent with: curl's `-d` names a form's.

    No body at all is an object without fields. Raises InvalidValue.
    """
    if not body:
        return {}
    try:
        fields = json.loads(body, parse_constant=_not_json)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        start = clip(body[: 4 * CLIPPED_CHARS].decode(errors="replace"))
        raise InvalidValue(None, f"The body must be one JSON object, but it begins with: {start}")
    return fields


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _require(fields: Fields, name: str) -> Any:
    if fields.get(name) is None:
        raise MissingParameter(name)
    return fields[name]


def _string(fields: Fields, name: str) -> str:
    value = _require(fields, name)
    if not isinstance(value, str):
        raise InvalidValue(name, f"{name} must be a string, not {shown(value)}.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(
            name, f"{name} contains half of a surrogate pair, which is not valid Unicode."
        ) from error
    return value


def _whole(fields: Fields, name: str) -> int:
    value = _require(fields, name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidValue(name, f"{name} must be a whole number, not {shown(value)}.")
    return value


def _retention(fields: Fields) -> int | None:
    policy = fields.get("expires_after")
    if policy is None:
        return None
    if not isinstance(policy, dict):
        raise InvalidValue(
            "expires_after",
            f"expires_after must be an object with anchor and seconds, not {shown(policy)}.",
        )
    named = {f"expires_after[{name}]": value for name, value in policy.items()}
    anchor = _string(named, "expires_after[anchor]")
    return valid_retention(anchor, _whole(named, "expires_after[seconds]"))


def _md5(text: str) -> str:
    try:
        return parse_md5(text).hex()
    except ValueError as error:
        raise InvalidValue("md5", f"md5 '{clip(text)}' is not valid: {error}.") from error


def shown(value: Any) -> str:
    """A value as JSON, clipped; half of a surrogate pair as its escape."""
    return clip(json.dumps(value))
