"""What a client asks for, parsed and bounded. A failure is one ApiError that names its field.

Pure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lambdas.domain.errors import InvalidValue, MissingParameter, RequestTooLarge
from lambdas.domain.form import FormField
from lambdas.domain.ids import FILE_ID_PREFIX, parse_id
from lambdas.domain.limits import (
    DEFAULT_PAGE,
    MAX_FILENAME_CHARS,
    MAX_PAGE,
    MAX_RETENTION_S,
    MIN_RETENTION_S,
    Limits,
)
from linegate.api_keys import Role
from linegate.jsonl.purposes import PURPOSES, Purpose
from linegate.jsonl.report import clip

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A direct upload: the form of `POST /files`."""

    filename: str
    purpose: Purpose
    retention_s: int
    content: bytes


@dataclass(frozen=True, slots=True)
class PageQuery:
    """A page of `GET /files`. `after` is a ULID."""

    limit: int = DEFAULT_PAGE
    after: str | None = None
    descending: bool = False
    purpose: str | None = None


def parse_new_file(fields: list[FormField], role: Role, limits: Limits) -> NewFile:
    """The form's fields, in any order; unknown ones are ignored.

    Raises MissingParameter, InvalidValue or RequestTooLarge.
    """
    form = fields_once(fields)
    purpose = writable_purpose(_text(form, "purpose"), role, limits)
    file = form.get("file")
    if file is None:
        raise MissingParameter("file")
    if file.filename is None:
        raise InvalidValue("file", "The field 'file' has no file name. With curl: -F file=@NAME.")
    return NewFile(
        filename=valid_filename(file.filename, "file"),
        purpose=purpose,
        retention_s=_retention_of_form(form) or purpose.retention_s or limits.retention_s,
        content=within_direct_limit(file.content, limits),
    )


def parse_page_query(params: Mapping[str, str], prefix: str = FILE_ID_PREFIX) -> PageQuery:
    """Query parameters; a trailing slash on a value is dropped, as one reference example has it.

    `prefix` is that of the ids in the list. A purpose that no file has lists none. Raises
    InvalidValue.
    """
    query = {name: value.rstrip("/") for name, value in params.items()}
    limit = whole_number("limit", query.get("limit", str(DEFAULT_PAGE)))
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidValue("limit", f"limit '{limit}' is not between 1 and {MAX_PAGE}.")
    after = None
    if "after" in query:
        after = parse_id(query["after"], prefix)
        if after is None:
            raise InvalidValue(
                "after",
                f"after '{clip(query['after'])}' is not an id such as '{prefix}01J…'. "
                "Use the last_id of the previous page.",
            )
    order = query.get("order", "asc")
    if order not in ("asc", "desc"):
        raise InvalidValue(
            "order",
            f"order '{clip(order)}' is not supported; use 'asc' (oldest first) or 'desc'.",
        )
    return PageQuery(limit, after, order == "desc", query.get("purpose"))


def parse_redirect(params: Mapping[str, str]) -> bool:
    """Whether large content is answered with a redirect. Raises InvalidValue."""
    sent = params.get("redirect", "true").rstrip("/").lower()
    if sent not in ("true", "false"):
        raise InvalidValue(
            "redirect", f"redirect '{clip(sent)}' is not supported; use 'true' or 'false'."
        )
    return sent == "true"


def writable_purpose(name: str, role: Role, limits: Limits) -> Purpose:
    """The purpose `name`, if a key of this role may write it. Raises InvalidValue."""
    return PURPOSES[_one_of(name, [p for p in limits.purposes if role in PURPOSES[p].writers])]


def valid_filename(filename: str, param: str) -> str:
    if not 1 <= len(filename) <= MAX_FILENAME_CHARS:
        raise InvalidValue(
            param,
            f"The file name has {len(filename)} characters; 1 to {MAX_FILENAME_CHARS} are allowed.",
        )
    return filename


def valid_retention(anchor: str, seconds: int) -> int:
    """`seconds`, where both are within the contract's bounds."""
    if anchor != "created_at":
        raise InvalidValue(
            "expires_after[anchor]",
            f"expires_after[anchor] '{clip(anchor)}' is not supported; use 'created_at'.",
        )
    if not MIN_RETENTION_S <= seconds <= MAX_RETENTION_S:
        raise InvalidValue(
            "expires_after[seconds]",
            f"expires_after[seconds] '{seconds}' is not between {MIN_RETENTION_S} and "
            f"{MAX_RETENTION_S}.",
        )
    return seconds


def within_direct_limit(content: bytes, limits: Limits) -> bytes:
    if len(content) > limits.direct_bytes:
        raise RequestTooLarge(limits.direct_bytes)
    return content


def whole_number(param: str, text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):
        raise InvalidValue(param, f"{param} '{clip(text)}' is not a whole number.")
    return int(text)


def fields_once(fields: list[FormField]) -> dict[str, FormField]:
    """The fields by name. Raises InvalidValue for one that comes twice."""
    form: dict[str, FormField] = {}
    for field in fields:
        if field.name in form:
            raise InvalidValue(
                field.name, f"The field '{field.name}' was sent more than once; send it once."
            )
        form[field.name] = field
    return form


def _one_of(purpose: str, purposes: Sequence[str]) -> str:
    if purpose not in purposes:
        raise InvalidValue(
            "purpose",
            f"purpose '{clip(purpose)}' is not supported; use one of: {', '.join(purposes)}.",
        )
    return purpose


def _text(form: Mapping[str, FormField], name: str) -> str:
    if name not in form:
        raise MissingParameter(name)
    return form[name].text()


def _retention_of_form(form: Mapping[str, FormField]) -> int | None:
    if "expires_after" in form:
        raise InvalidValue(
            "expires_after",
            "Send expires_after as two fields: expires_after[anchor] and expires_after[seconds].",
        )
    names = ("expires_after[anchor]", "expires_after[seconds]")
    if not any(name in form for name in names):
        return None
    anchor, seconds = (_text(form, name) for name in names)
    return valid_retention(anchor, whole_number(names[1], seconds))
