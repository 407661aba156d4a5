"""Read a multipart/form-data body that is wholly in memory. Pure.

python-multipart does the parsing (RFC 7578); this module only collects what it finds. Names come
as browsers and the SDKs send them: raw UTF-8 with `"`, CR and LF percent-encoded (WHATWG HTML,
multipart/form-data encoding algorithm). python-multipart drops the folders of a Windows path.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from lambdas.domain.errors import InvalidMultipart, UnsupportedMedia

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MEDIA_TYPE = "multipart/form-data"
MAX_FIELDS = 100
"""Far above what any route reads; a bound on what a hostile body makes us keep."""

_ESCAPES = {"%22": '"', "%0D": "\r", "%0A": "\n"}
_ESCAPE = re.compile("|".join(_ESCAPES), re.IGNORECASE)


@dataclass(slots=True)
class FormField:
    """One field. `filename` is None where the field is not a file."""

    name: str
    filename: str | None
    content: bytes = field(repr=False)

    def text(self) -> str:
        """The value as text. Raises InvalidMultipart when it is not UTF-8."""
        return _utf8(self.content, f"the field '{self.name}'")


@dataclass(slots=True)
class _Part:
    headers: dict[str, bytes] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)


def parse_form(content_type: str, body: bytes) -> list[FormField]:
    """The fields in the order they came.

    Raises UnsupportedMedia for another content type and InvalidMultipart for a missing boundary,
    a truncated or malformed body, or one without any field.
    """
    header = content_type.encode("latin-1", "replace")
    media_type, options = parse_options_header(header)
    if media_type.decode("latin-1") != MEDIA_TYPE:
        raise UnsupportedMedia(MEDIA_TYPE)
    boundary = options.get(b"boundary")
    if not boundary:
        raise InvalidMultipart(
            "The Content-Type header has no boundary. Let your HTTP client set this header."
        )
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise InvalidMultipart(f"The multipart body is malformed: {error}.") from error
    if not collector.ended:
        raise InvalidMultipart("The multipart body ends before its closing boundary.")
    if not collector.parts:
        raise InvalidMultipart("The multipart body has no fields.")
    return [_field(part) for part in collector.parts]


class _Collector:
    """Gathers the parser's callbacks, which hand over slices of what was written."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.ended = False
        self._header_name = b""
        self._header_value = b""

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._part_begin,
            "on_part_data": self._part_data,
            "on_header_begin": self._header_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value_slice,
            "on_header_end": self._header_end,
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        if len(self.parts) == MAX_FIELDS:
            raise InvalidMultipart(f"The multipart body has more than {MAX_FIELDS} fields.")
        self.parts.append(_Part())

    def _part_data(self, chunk: bytes, start: int, end: int) -> None:
        self.parts[-1].chunks.append(chunk[start:end])

    def _header_begin(self) -> None:
        self._header_name = self._header_value = b""

    def _header_field(self, chunk: bytes, start: int, end: int) -> None:
        self._header_name += chunk[start:end]

    def _header_value_slice(self, chunk: bytes, start: int, end: int) -> None:
        self._header_value += chunk[start:end]

    def _header_end(self) -> None:
        name = self._header_name.decode("latin-1").lower()
        self.parts[-1].headers[name] = self._header_value

    def _end(self) -> None:
        self.ended = True


def _field(part: _Part) -> FormField:
    disposition, options = parse_options_header(part.headers.get("content-disposition", b""))
    name = options.get(b"name")
    if disposition != b"form-data" or name is None:
        raise InvalidMultipart(
            "A field has no 'Content-Disposition: form-data' header with a name."
        )
    filename = options.get(b"filename")
    return FormField(
        name=_name(name, "a field's name"),
        filename=None if filename is None else _name(filename, "the file name"),
        content=b"".join(part.chunks),
    )


def _name(raw: bytes, what: str) -> str:
    return _ESCAPE.sub(lambda escape: _ESCAPES[escape[0].upper()], _utf8(raw, what))


def _utf8(raw: bytes, what: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidMultipart(f"The multipart body is malformed: {what} is not UTF-8.") from error
