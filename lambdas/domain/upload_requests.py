"""What a client asks of `/uploads`, parsed and bounded. A failure is one ApiError. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from lambdas.domain.errors import InvalidValue, MissingParameter, UnsupportedMedia
from lambdas.domain.form import FormField
from lambdas.domain.ids import PART_ID_PREFIX, parse_id
from lambdas.domain.limits import Limits
from lambdas.domain.purposes import Purpose
from lambdas.domain.requests import (
    fields_once,
    valid_filename,
    valid_retention,
    within_direct_limit,
    writable_purpose,
)
from linegate.api_keys import Role
from linegate.jsonl.digest import parse_md5
from linegate.jsonl.report import clip

JSON = "application/json"

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
        raise InvalidValue("bytes", f"bytes must be between 1 and {limits.file_bytes}.")
    if fields.get("mime_type") is not None:
        _string(fields, "mime_type")
    retention_s = _retention(fields) or purpose.retention_s or limits.retention_s
    return NewUpload(filename, purpose, size, retention_s)


def parse_completion(fields: Fields) -> Completion:
    """Raises InvalidValue, which names the part that is wrong."""
    part_ids = fields.get("part_ids")
    if part_ids is not None and not isinstance(part_ids, list):
        raise InvalidValue("part_ids", "part_ids must be a list of ids such as 'part-01J…'.")
    if len(part_ids or ()) > MAX_PROXIED_PARTS:
        raise InvalidValue("part_ids", f"An upload can have at most {MAX_PROXIED_PARTS} parts.")
    ulids: dict[str, None] = {}
    for part_id in part_ids or ():
        ulid = parse_id(part_id, PART_ID_PREFIX) if isinstance(part_id, str) else None
        if ulid is None:
            shown = clip(part_id if isinstance(part_id, str) else json.dumps(part_id))
            raise InvalidValue("part_ids", f"'{shown}' is not a part's id, such as 'part-01J…'.")
        if ulid in ulids:
            raise InvalidValue("part_ids", f"'{part_id}' is named twice.")
        ulids[ulid] = None
    md5 = _md5(_string(fields, "md5")) if fields.get("md5") is not None else None
    return Completion(tuple(ulids), md5)


def parse_part(form: list[FormField], limits: Limits) -> bytes:
    """The field `data`. Raises MissingParameter, InvalidValue or RequestTooLarge."""
    field = fields_once(form).get("data")
    if field is None:
        raise MissingParameter("data")
    if not field.content:
        raise InvalidValue("data", "The part is empty.")
    return within_direct_limit(field.content, limits)


def parse_json(content_type: str, body: bytes) -> dict[str, Any]:
    """One JSON object; no body at all is one without fields.

    Raises UnsupportedMedia for another content type and InvalidValue for anything else.
    """
    if not body:
        return {}
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise UnsupportedMedia(JSON)
    try:
        fields = json.loads(body, parse_constant=_not_json)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise InvalidValue(None, "The body must be one JSON object.")
    return fields


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _required(fields: Fields, name: str) -> Any:
    if fields.get(name) is None:
        raise MissingParameter(name)
    return fields[name]


def _string(fields: Fields, name: str) -> str:
    value = _required(fields, name)
    if not isinstance(value, str):
        raise InvalidValue(name, f"{name} must be a string.")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidValue(name, f"{name} has half of a surrogate pair.") from error
    return value


def _whole(fields: Fields, name: str) -> int:
    value = _required(fields, name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidValue(name, f"{name} must be a whole number.")
    return value


def _retention(fields: Fields) -> int | None:
    policy = fields.get("expires_after")
    if policy is None:
        return None
    if not isinstance(policy, dict):
        raise InvalidValue("expires_after", "expires_after must be {anchor, seconds}.")
    named = {f"expires_after[{name}]": value for name, value in policy.items()}
    anchor = _string(named, "expires_after[anchor]")
    return valid_retention(anchor, _whole(named, "expires_after[seconds]"))


def _md5(text: str) -> str:
    try:
        return parse_md5(text).hex()
    except ValueError as error:
        raise InvalidValue("md5", f"md5 is not one: {error}.") from error
