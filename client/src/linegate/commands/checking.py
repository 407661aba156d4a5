"""A local file, read once: its lines are checked and its MD5 is taken in the same pass."""

import hashlib
from dataclasses import dataclass
from typing import BinaryIO, cast

from ..jsonl import CheckLimits, Report, check
from ..transfer.source import Source
from .terminal import Bar

READ_BYTES = 1 << 20


@dataclass(frozen=True)
class Checked:
    report: Report
    md5: str
    """In hex, of the whole file."""


def checked(source: Source, purpose: str, bar: Bar) -> Checked:
    """Raises OSError."""
    body = _Body(source, bar)
    report = check(cast("BinaryIO", body), purpose, CheckLimits())
    body.drain()
    return Checked(report, body.md5.hexdigest())


class _Body:
    def __init__(self, source: Source, bar: Bar) -> None:
        self._source = source
        self._bar = bar
        self._offset = 0
        self.md5 = hashlib.md5(usedforsecurity=False)

    def readinto(self, buffer: memoryview) -> int:
        chunk = self._source.read(self._offset, len(buffer))
        buffer[: len(chunk)] = chunk
        self.md5.update(chunk)
        self._offset += len(chunk)
        self._bar.at(self._offset)
        return len(chunk)

    def drain(self) -> None:
        """The check may end early; the MD5 is of all."""
        rest = memoryview(bytearray(READ_BYTES))
        while self.readinto(rest):
            pass
