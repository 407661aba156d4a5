"""How far a long reading has come, on a terminal."""

import sys
import time
from typing import BinaryIO

SHOWN_FROM_BYTES = 32 << 20
SECONDS_BETWEEN = 0.2


class Progress:
    """A body to read from, that shows on standard error how much of it was read.

    Only where standard error is a terminal, and only for a body that takes a while.
    """

    def __init__(self, body: BinaryIO, name: str, size: int | None) -> None:
        self._body = body
        self._name = name
        self._size = size
        self._read = 0
        self._shown_at = 0.0
        self._wanted = sys.stderr.isatty()

    def readinto(self, buffer: memoryview) -> int:
        count: int = self._body.readinto(buffer)  # type: ignore[attr-defined]  # binary files have it
        self._read += count
        now = time.monotonic()
        if (
            self._wanted
            and self._read > SHOWN_FROM_BYTES
            and now - self._shown_at > SECONDS_BETWEEN
        ):
            self._shown_at = now
            self._show(self._amount())
        return count

    def clear(self) -> None:
        """Take away what was shown."""
        if self._shown_at:
            self._show("")

    def _amount(self) -> str:
        read = f"{self._read >> 20:,} MiB"
        if self._size:
            return f"{self._name}: {100 * self._read // self._size} % of {self._size >> 20:,} MiB"
        return f"{self._name}: {read}"

    def _show(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[2K{text}")
        sys.stderr.flush()
