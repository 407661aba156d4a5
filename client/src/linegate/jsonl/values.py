"""Reading the values of fields that may hold anything. Pure.

A field's value is the text of a string, the JSON of anything else (checked, but not decoded), and
UNSET where the field is absent.
"""

import msgspec
from msgspec import Raw, UnsetType

from .report import clip

Value = str | Raw | UnsetType

_decode_string = msgspec.json.Decoder(str).decode

WORDS = {
    b"{": "an object",
    b"[": "an array",
    b"t": "true",
    b"f": "false",
    b"n": "null",
}


def value_of(field: Value) -> Value:
    """The field's value, a string decoded."""
    if isinstance(field, Raw) and _first_byte(field) == b'"':
        return _decode_string(field)
    return field


def is_object(raw: Raw) -> bool:
    return _first_byte(raw) == b"{"


def is_true(field: bool | Raw | UnsetType | None) -> bool:
    return _first_byte(field) == b"t" if isinstance(field, Raw) else field is True


def in_words(value: str | Raw) -> str:
    """A value for a message: a string by its text, any other by its type."""
    if isinstance(value, Raw):
        return WORDS.get(_first_byte(value), "a number")
    return quote(value) if value else "an empty one"


def quote(text: str) -> str:
    """A text for a message: clipped, and nothing in it that a terminal would act on."""
    printable = (char if char.isprintable() else f"\\u{ord(char):04x}" for char in clip(text))
    return f'"{clip("".join(printable))}"'


def _first_byte(raw: Raw) -> bytes:
    return bytes(memoryview(raw)[:1])
