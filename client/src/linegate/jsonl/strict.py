"""What every line must be, whatever its purpose: UTF-8, and one strict JSON object.

The questions (`is_plain_utf8`, `is_shallow`) decide; `describe_*` put a refusal into words, and are
asked only for errors that are kept.
"""

import codecs
import json
import re
from itertools import accumulate
from typing import NoReturn

PIECE_BYTES = 16 << 10
"""Long lines are decoded in pieces that stay in the processor's cache."""

WHITESPACE = b" \t\r\n"

PEELINGS = 8
"""As much as requests need; what is deeper is counted bracket by bracket."""

NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
STEPS = [1 if byte in b"[{" else -1 for byte in range(256)]

ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair
    r"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"  # one half alone
    r"|\\."
)

BYTE_ORDER_MARK = codecs.BOM_UTF8

SIGNATURES = {
    BYTE_ORDER_MARK: "The line starts with a byte order mark. Save the file as UTF-8 without BOM.",
    b"\xff\xfe": "This looks like UTF-16. Save the file as UTF-8.",
    b"\xfe\xff": "This looks like UTF-16. Save the file as UTF-8.",
    b"\x1f\x8b": "This looks like a gzip archive. Upload the file uncompressed.",
    b"(\xb5/\xfd": "This looks like a Zstandard archive. Upload the file uncompressed.",
}


def is_blank(line: bytes) -> bool:
    """Whether the line holds nothing but JSON's whitespace: space, tab, CR and LF. Pure."""
    return not line.strip(WHITESPACE)


def is_plain_utf8(line: bytes) -> bool:
    """Whether the line is UTF-8 and does not start with a byte order mark. Pure."""
    try:
        require_utf8(line)
    except UnicodeDecodeError:
        return False
    return not line.startswith(BYTE_ORDER_MARK)


def require_utf8(line: bytes) -> None:
    """Raise UnicodeDecodeError unless the line is UTF-8. Pure."""
    if len(line) <= PIECE_BYTES:
        line.decode()
        return
    view = memoryview(line)
    start = 0
    while start < len(line):
        end = start + PIECE_BYTES
        start += codecs.utf_8_decode(view[start:end], "strict", end >= len(line))[1]


def is_shallow(line: bytes, depth: int) -> bool:
    """Whether at most `depth` brackets are ever open at once. Pure.

    Mostly answered by counting the opening ones (`replace` finds them several times faster than
    `count` does); for lines of many small objects, tools and schemas, by peeling.
    """
    others = len(line.replace(b"[", b"")) + len(line.replace(b"{", b""))
    if 2 * len(line) - others <= depth:
        return True
    brackets = brackets_of(line)
    return peels(brackets, min(PEELINGS, depth // 2)) or nesting(brackets) <= depth


def brackets_of(line: bytes) -> bytes:
    """The brackets of a line outside of its strings."""
    unescaped = line.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(unescaped.split(b'"')[::2]).translate(None, NOT_BRACKETS)


def peels(brackets: bytes, times: int) -> bool:
    """Whether nothing is left when the innermost pairs are taken away that often.

    Each time takes two levels at most.
    """
    for _ in range(times):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return not brackets


def nesting(brackets: bytes) -> int:
    """How many brackets are open at the deepest point."""
    return max(accumulate(map(STEPS.__getitem__, brackets)), default=0)


def describe_encoding(line: bytes) -> str:
    """Why a line is not plain UTF-8. Pure."""
    for signature, message in SIGNATURES.items():
        if line.startswith(signature):
            return message
    try:
        line.decode()
    except UnicodeDecodeError as error:
        place = f"Byte {error.start + 1} of the line, 0x{line[error.start]:02x},"
        return f"{place} is not UTF-8. Save the file as UTF-8."
    raise AssertionError("the line is UTF-8")


def describe_depth(depth: int) -> str:
    return f"The line nests objects and arrays more than {depth} levels deep. Flatten it."


class _NotANumberError(ValueError):
    pass


def _refuse_constant(name: str) -> NoReturn:
    raise _NotANumberError(name)


_decode = json.JSONDecoder(
    parse_constant=_refuse_constant,
    parse_int=float,  # int() refuses more than 4,300 digits
).decode

ADVICE = {
    "Extra data": "something follows the JSON value. Each line must hold exactly one",
    "Unterminated string starting at": "the string that starts here never ends",
    "Invalid control character at": "a control character must be escaped",
    "Expecting property name enclosed in double quotes": "expected a name in double quotes",
}


def describe_json(line: bytes) -> str:
    """Why a line of UTF-8, shallow enough, is not one strict JSON object. Pure."""
    text = line.decode().rstrip("\r\n")
    try:
        value = _decode(text)
    except _NotANumberError as error:
        return f"Not valid JSON: {error} is not a JSON number. Write null or a string instead."
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()):
            return "Not valid JSON: the line ends too early. Each object must stand on one line."
        reason = ADVICE.get(error.msg, error.msg[:1].lower() + error.msg[1:])
        return f"Not valid JSON at character {error.pos + 1}: {reason}."
    if not isinstance(value, dict):
        return "The line is not a JSON object. Each line must hold one object, {…}."
    for escape in ESCAPE.finditer(text):
        if escape[1]:
            position = escape.start() + 1
            return f"Not valid JSON at character {position}: {escape[1]} is half a surrogate pair."
    return "Not valid JSON."
