"""The body of an error, as the service answers it and as its clients answer in its place. Pure."""

from collections.abc import Mapping
from typing import Any


def error_body(
    message: str,
    kind: str,
    code: str,
    param: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Both shapes at once: OpenAI's clients read `error`, Cerebras' the flat fields.

    `kind` is the body's `type`; `details` are further fields of `error`.
    """
    shape = {"message": message, "type": kind, "param": param, "code": code}
    return {"error": {**shape, **(details or {})}, **shape}
