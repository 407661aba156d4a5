"""The contract's table once more, slow and obvious: what the checker is compared with.

It takes the whole body, reads JSON one character at a time after RFC 8259's grammar, and shares
no code with the checker but the limits and the clipping of a model's name.
"""

import hashlib
import io
from dataclasses import dataclass, field
from typing import Any

from linegate.jsonl.limits import CheckLimits
from linegate.jsonl.report import clip

WHITESPACE = " \t\r\n"
DIGITS = "0123456789"
HEX = "0123456789abcdefABCDEF"
ESCAPES = {
    '"': '"',
    "\\": "\\",
    "/": "/",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
}
LITERALS = {"true": True, "false": False, "null": None}

Found = tuple[str, int | None, str | None]
"""An error's code, line and param."""


class NotStrict(ValueError):
    """The text is not one strict JSON value, or nests too deep."""


class Number:
    """Any number. Its value is nobody's business here."""


class Parser:
    def __init__(self, text: str, depth: int) -> None:
        self.text = text
        self.depth = depth
        self.place = 0

    def parse(self) -> Any:
        value = self.value(0)
        self.space()
        if self.place < len(self.text):
            raise NotStrict("more than one value")
        return value

    def peek(self) -> str:
        return self.text[self.place : self.place + 1]

    def take(self, expected: str) -> None:
        if self.peek() != expected:
            raise NotStrict(f"{expected!r} at {self.place}")
        self.place += 1

    def space(self) -> None:
        while self.peek() and self.peek() in WHITESPACE:
            self.place += 1

    def value(self, outside: int) -> Any:
        self.space()
        match self.peek():
            case "{":
                return self.object(outside + 1)
            case "[":
                return self.array(outside + 1)
            case '"':
                return self.string()
        for literal, meaning in LITERALS.items():
            if self.text.startswith(literal, self.place):
                self.place += len(literal)
                return meaning
        return self.number()

    def nest(self, depth: int) -> None:
        if depth > self.depth:
            raise NotStrict("too deep")

    def object(self, depth: int) -> dict[str, Any]:
        self.nest(depth)
        members: dict[str, Any] = {}
        self.take("{")
        self.space()
        if self.peek() != "}":
            self.member(members, depth)
            while self.peek() == ",":
                self.take(",")
                self.member(members, depth)
        self.take("}")
        return members

    def member(self, members: dict[str, Any], depth: int) -> None:
        self.space()
        name = self.string()
        self.space()
        self.take(":")
        members[name] = self.value(depth)
        self.space()

    def array(self, depth: int) -> list[Any]:
        self.nest(depth)
        elements = []
        self.take("[")
        self.space()
        if self.peek() != "]":
            elements.append(self.value(depth))
            self.space()
            while self.peek() == ",":
                self.take(",")
                elements.append(self.value(depth))
                self.space()
        self.take("]")
        return elements

    def string(self) -> str:
        self.take('"')
        characters = []
        while (character := self.peek()) != '"':
            if not character or character < " ":
                raise NotStrict(f"in a string at {self.place}")
            self.place += 1
            characters.append(self.escape() if character == "\\" else character)
        self.take('"')
        return "".join(characters)

    def escape(self) -> str:
        character = self.peek()
        self.place += 1
        if character != "u":
            if character not in ESCAPES:
                raise NotStrict(f"escape at {self.place}")
            return ESCAPES[character]
        unit = self.four_hex_digits()
        if 0xDC00 <= unit <= 0xDFFF:
            raise NotStrict("low surrogate alone")
        if 0xD800 <= unit <= 0xDBFF:
            self.take("\\")
            self.take("u")
            low = self.four_hex_digits()
            if not 0xDC00 <= low <= 0xDFFF:
                raise NotStrict("high surrogate alone")
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
        return chr(unit)

    def four_hex_digits(self) -> int:
        digits = self.text[self.place : self.place + 4]
        if len(digits) != 4 or any(digit not in HEX for digit in digits):
            raise NotStrict(f"hex digits at {self.place}")
        self.place += 4
        return int(digits, 16)

    def number(self) -> Number:
        if self.peek() == "-":
            self.take("-")
        if self.peek() == "0":
            self.take("0")
        else:
            self.digits()
        if self.peek() == ".":
            self.take(".")
            self.digits()
        if self.peek() in ("e", "E"):
            self.place += 1
            if self.peek() in ("+", "-"):
                self.place += 1
            self.digits()
        return Number()

    def digits(self) -> None:
        start = self.place
        while self.peek() and self.peek() in DIGITS:
            self.place += 1
        if self.place == start:
            raise NotStrict(f"no digit at {start}")


@dataclass
class Expected:
    """What a report must say. All errors are here, also those that a report does not keep."""

    lines: int = 0
    requests: int = 0
    models: list[str] = field(default_factory=list)
    errors: list[Found] = field(default_factory=list)


def reference(body: bytes, kind: str, limits: CheckLimits, md5: str | None = None) -> Expected:
    expected = Expected()
    file = File(kind, limits, expected)
    for line in io.BytesIO(body):
        expected.lines += 1
        content = line
        if line.endswith(b"\n"):
            content = line[:-2] if line.endswith(b"\r\n") else line[:-1]
        if not file.line(content, expected.lines):
            break
    if expected.requests == 0:
        expected.errors.append(("empty_file", None, None))
    if md5 is not None and hashlib.md5(body).hexdigest() != md5:  # noqa: S324  # as clients do
        expected.errors.insert(0, ("md5_mismatch", None, None))
    return expected


class File:
    def __init__(self, kind: str, limits: CheckLimits, expected: Expected) -> None:
        self.kind = kind
        self.limits = limits
        self.expected = expected
        self.custom_ids: set[str] = set()
        self.first_model: str | None = None

    def line(self, content: bytes, number: int) -> bool:
        """Judge one line; False where checking stops."""
        too_long = len(content) > self.limits.line_bytes
        if not too_long and all(chr(byte) in WHITESPACE for byte in content):
            return True
        self.expected.requests += 1
        if self.expected.requests > self.limits.requests:
            self.expected.errors.append(("too_many_tasks", number, None))
            return False
        if too_long:
            self.expected.errors.append(("line_too_long", number, None))
            return True
        for code, param in self.errors(content):
            self.expected.errors.append((code, number, param))
        return True

    def errors(self, content: bytes) -> list[tuple[str, str | None]]:
        try:
            text = content.decode("utf-8", "strict")
        except UnicodeDecodeError:
            return [("invalid_encoding", None)]
        if text.startswith("\ufeff"):
            return [("invalid_encoding", None)]
        try:
            value = Parser(text, self.limits.depth).parse()
        except NotStrict:
            return [("invalid_json_line", None)]
        if not isinstance(value, dict):
            return [("invalid_json_line", None)]
        return list(self.request_errors(value)) if self.kind == "batch" else []

    def request_errors(self, request: dict[str, Any]) -> list[tuple[str, str | None]]:
        errors: list[tuple[str, str | None]] = []

        if "custom_id" not in request:
            errors.append(("missing_required_parameter", "custom_id"))
        elif not isinstance(request["custom_id"], str) or request["custom_id"] == "":
            errors.append(("invalid_value", "custom_id"))
        elif request["custom_id"] in self.custom_ids:
            errors.append(("duplicate_custom_id", "custom_id"))
        else:
            self.custom_ids.add(request["custom_id"])

        if "method" not in request:
            errors.append(("missing_required_parameter", "method"))
        elif request["method"] != "POST":
            errors.append(("invalid_value", "method"))

        if "url" not in request:
            errors.append(("missing_required_parameter", "url"))
        elif request["url"] not in self.limits.request_urls:
            errors.append(("invalid_url", "url"))

        if "body" not in request:
            errors.append(("missing_required_parameter", "body"))
        elif not isinstance(request["body"], dict):
            errors.append(("invalid_value", "body"))
        else:
            errors += self.body_errors(request["body"])
        return errors

    def body_errors(self, body: dict[str, Any]) -> list[tuple[str, str | None]]:
        errors: list[tuple[str, str | None]] = []
        if "model" not in body:
            errors.append(("missing_required_parameter", "body.model"))
        elif not isinstance(body["model"], str) or body["model"] == "":
            errors.append(("invalid_value", "body.model"))
        else:
            model = body["model"]
            if clip(model) not in self.expected.models and len(self.expected.models) < 20:
                self.expected.models.append(clip(model))
            if self.first_model is None:
                self.first_model = model
            if self.limits.one_model_per_file and model != self.first_model:
                errors.append(("mismatched_model", "body.model"))

        if body.get("stream") is True:
            errors.append(("streaming_unsupported", "body.stream"))
        return errors
