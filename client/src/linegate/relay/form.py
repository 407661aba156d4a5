"""Reads the form of `POST /files` while it arrives; the file goes to disk, never into memory."""

import tempfile
from typing import IO, Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

FIELD_BYTES = 64 << 10
"""Maximum size of all fields but the file."""


class BadForm(Exception):
    """One sentence for people: what is wrong with the form."""


class FormReader:
    """`feed` it the body in pieces, then `finish`. Raises BadForm, OSError. Blocks on the disk.

    The spool has no name in the file system: nobody else can open it, and it ends with the process.
    """

    def __init__(self, content_type: str) -> None:
        media_type, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if media_type != b"multipart/form-data" or not boundary:
            raise BadForm("The body is not multipart/form-data with a boundary.")
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close()
        self._disposition = self._header = self._value = b""
        self._field: str | None = None
        self._text = bytearray()
        self._kept = 0
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._take_header,
                "on_header_value": self._take_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._take_bytes,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise BadForm(f"The form cannot be read: {error}.") from error

    def finish(self) -> None:
        if not self._ended:
            raise BadForm("The form ends before its last boundary.")
        self.file.flush()

    def close(self) -> None:
        self.file.close()

    def _begin_part(self) -> None:
        self._disposition = b""
        self._field = None
        self._text = bytearray()

    def _take_header(self, chunk: bytes, start: int, end: int) -> None:
        self._header += chunk[start:end]
        self._count(end - start)

    def _take_value(self, chunk: bytes, start: int, end: int) -> None:
        self._value += chunk[start:end]
        self._count(end - start)

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = _text(options.get(b"name", b""))
        if name != "file":
            self._field = name
        elif self.filename is not None:
            raise BadForm("The form has more than one field named file.")
        else:
            self.filename = _text(options.get(b"filename", b"")).replace("%22", '"') or "upload"

    def _take_bytes(self, chunk: bytes, start: int, end: int) -> None:
        if self._field is None:
            self.file.write(memoryview(chunk)[start:end])
        else:
            self._text += chunk[start:end]
            self._count(end - start)

    def _end_part(self) -> None:
        if self._field is not None:
            self.fields[self._field] = _text(bytes(self._text))

    def _end(self) -> None:
        self._ended = True

    def _count(self, count: int) -> None:
        self._kept += count
        if self._kept > FIELD_BYTES:
            raise BadForm(f"The form's fields are larger than {FIELD_BYTES} bytes.")


def _text(value: Any) -> str:
    try:
        return bytes(value).decode()
    except UnicodeDecodeError as error:
        raise BadForm("The form's names and fields are not UTF-8.") from error
