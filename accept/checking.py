"""What a row checks with. Every check is counted: a row that makes none does not hold."""

import re
from collections.abc import Collection
from typing import Any

from httpx import Response

LONGEST = 160

SECRETS = re.compile(r"lg_[a-z0-9]+_\w+|\?[^\s\"']*X-Amz-[^\s\"']*|Bearer \S+")


class NotHeld(Exception):
    """A promise is broken; the message says what was found instead."""


class Check:
    """The checks of one row."""

    def __init__(self) -> None:
        self.made = 0

    def that(self, held: bool, otherwise: str) -> None:
        self.made += 1
        if not held:
            raise NotHeld(otherwise)

    def equal(self, what: str, found: object, wanted: object) -> None:
        self.that(found == wanted, f"{what}: {shown(found)}, not {shown(wanted)}")

    def one_of(self, what: str, found: object, allowed: Collection[object]) -> None:
        choices = " or ".join(map(shown, allowed))
        self.that(found in allowed, f"{what}: {shown(found)}, not {choices}")

    def contains(self, what: str, found: str, wanted: str) -> None:
        self.that(wanted in found, f"{what}: {shown(found)} does not contain {shown(wanted)}")

    def within(self, what: str, found: float, least: float, most: float) -> None:
        self.that(least <= found <= most, f"{what}: {found}, not {least} to {most}")

    def ok(self, answer: Response) -> Any:
        """The JSON of a 200."""
        self.equal(_request(answer), _said(answer), 200)
        return _json(answer)

    def error(self, answer: Response, status: int, code: str, param: str | None = None) -> str:
        """An error of the API, in both shapes at once. Returns its message."""
        what = _request(answer)
        self.equal(what, _said(answer, status), status)
        body = _json(answer)
        nested = body.get("error") if isinstance(body, dict) else None
        if not isinstance(nested, dict):
            raise NotHeld(f"{what}: no nested error: {shown(body)}")
        for name in ("message", "type", "param", "code"):
            self.that(name in body, f"{what}: the flat error has no {name}")
            self.equal(f"{what}: nested and flat {name}", nested.get(name), body[name])
        self.equal(f"{what}: code", body["code"], code)
        if param is not None:
            self.equal(f"{what}: param", body["param"], param)
        self.that("status_code" not in body, f"{what}: the body has a status_code")
        self.that(bool(answer.headers.get("x-request-id")), f"{what}: no x-request-id")
        return str(body["message"])


def shown(value: object) -> str:
    """`value` on one line, without secrets, and not too long."""
    text = SECRETS.sub("…", value if isinstance(value, str) else repr(value))
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _request(answer: Response) -> str:
    return f"{answer.request.method} {answer.request.url.path}"


def _said(answer: Response, wanted: int = 200) -> object:
    """The status; where it is not the one wanted, with what came along."""
    if answer.status_code == wanted:
        return wanted
    return f"{answer.status_code} {answer.text}"


def _json(answer: Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise NotHeld(f"{_request(answer)}: not JSON: {shown(answer.text)}") from error
