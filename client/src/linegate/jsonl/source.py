"""Reading lines from a body, however it hands out its bytes."""

import hashlib
import io
from collections.abc import Callable
from typing import BinaryIO

BUFFER_BYTES = 4 << 20
"""Room for several lines of 1 MiB, so that few of them are put together from two readings."""

READ_BYTES = 256 << 10
"""While lines are short, this much is read at a time: it stays in the processor's cache."""

SHORT_LINE_BYTES = 16 << 10
"""Lines are taken to be short where the last of what was read has an end of line in it."""

SKIPPED_BYTES = 64 << 10
"""What is read only to be passed over is read in pieces that stay in the processor's cache."""

Readline = Callable[[int], bytes]


class Source(io.RawIOBase):
    """Passes a body's bytes on, counting them and, where asked, hashing them.

    How many it reads at a time follows the lines: few while they are short, all there is room for
    while they are long.

    Whatever the body raises is passed on too: a broken connection is never the end of a file.
    The body is not closed with it.
    """

    def __init__(self, body: BinaryIO, with_md5: bool = False, with_sha256: bool = False) -> None:
        super().__init__()
        self._body = body
        self._readinto: Callable[[memoryview], int | None] | None = getattr(body, "readinto", None)
        self._md5 = hashlib.md5(usedforsecurity=False) if with_md5 else None
        self._sha256 = hashlib.sha256() if with_sha256 else None
        self._next_bytes = READ_BYTES
        self.bytes_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
        buffer = buffer[: self._next_bytes]
        if self._readinto is None:
            chunk = self._body.read(len(buffer))
            count = len(chunk)
            buffer[:count] = chunk
        else:
            count = self._readinto(buffer) or 0
        self.bytes_read += count
        if self._sha256 is not None:
            self._sha256.update(buffer[:count])
        if self._md5 is not None:
            self._md5.update(buffer[:count])
        last = bytes(buffer[max(0, count - SHORT_LINE_BYTES) : count])
        self._next_bytes = READ_BYTES if b"\n" in last else BUFFER_BYTES
        return count

    def drain(self) -> None:
        """Read to the end, so that the count and the hashes are those of the whole body."""
        buffer = memoryview(bytearray(SKIPPED_BYTES))
        while self.readinto(buffer):
            pass

    def sha256(self) -> str | None:
        """Of what was read, in hex."""
        return None if self._sha256 is None else self._sha256.hexdigest()

    def md5(self) -> bytes | None:
        return None if self._md5 is None else self._md5.digest()


def buffer_lines(source: Source) -> io.BufferedReader:
    return io.BufferedReader(source, BUFFER_BYTES)


def skip_rest(line: bytes, readline: Readline) -> None:
    """Read on to the end of a line that was cut, without holding it."""
    while line and not line.endswith(b"\n"):
        line = readline(SKIPPED_BYTES)


def content_bytes(line: bytes) -> int:
    """Length of a line without its line ending, LF or CRLF."""
    if not line.endswith(b"\n"):
        return len(line)
    return len(line) - (2 if line.endswith(b"\r\n") else 1)
