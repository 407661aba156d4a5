"""Reading JSON values that were checked, but not yet decoded. Pure."""

import msgspec
from msgspec import Raw

from .report import clip

_decode_string = msgspec.json.Decoder(str).decode

WORDS = {
    b"{": "an object",
    b"[": "an array",
    b"t": "true",
    b"f": "false",
    b"n": "null",
}


def _first_byte(raw: Raw) -> bytes:
    return bytes(memoryview(raw)[:1])


def is_object(raw: Raw) -> bool:
    return _first_byte(raw) == b"{"


def is_true(raw: Raw) -> bool:
    return _first_byte(raw) == b"t"


def string(raw: Raw) -> str | None:
    """The string that a value is; None for any other value."""
    return _decode_string(raw) if _first_byte(raw) == b'"' else None


def in_words(raw: Raw) -> str:
    """A value for a message: a string by its text, clipped, any other by its type."""
    text = string(raw)
    if text is None:
        return WORDS.get(_first_byte(raw), "a number")
    return quoted(text) if text else "an empty one"


def quoted(text: str) -> str:
    return f'"{clip(text)}"'
