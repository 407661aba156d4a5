"""How a body is read: whatever it hands out, however it ends, and how much at a time."""

import io
from typing import BinaryIO, cast

import pytest

from linegate.jsonl import check, source
from linegate.jsonl.limits import MIB
from tests.unit.jsonl.lines import request


class Broken(io.RawIOBase):
    """A connection that is cut after some bytes."""

    def __init__(self, sent: bytes) -> None:
        self._sent = io.BytesIO(sent)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
        if count := self._sent.readinto(buffer):
            return count
        raise ConnectionResetError("cut")


@pytest.mark.parametrize("sent", [b"", request()[:20], request() + b"\n", b"x" * (2 * MIB)])
def test_body_that_breaks_off_is_no_report(sent: bytes) -> None:
    with pytest.raises(ConnectionResetError):
        check(cast("BinaryIO", Broken(sent)))


class OnlyRead:
    """A body with nothing but `read`."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int) -> bytes:
        return self._content.read(min(size, 5))


def test_body_that_can_only_be_read_is_enough() -> None:
    assert check(cast("BinaryIO", OnlyRead(request() + b"\n"))).valid


def test_body_is_left_open() -> None:
    body = io.BytesIO(request())
    check(body)
    assert not body.closed


def test_long_line_is_not_held() -> None:
    held = []

    def readline(most: int) -> bytes:
        held.append(most)
        return b"x" * most if len(held) < 1000 else b"\n"

    source.skip_rest(b"x", readline)
    assert max(held) <= source.SKIPPED_BYTES


class Watched(io.RawIOBase):
    """A body that notes how many bytes it is asked for."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)
        self.asked: list[int] = []

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
        self.asked.append(len(buffer))
        return self._content.readinto(buffer)


def asked_for(content: bytes) -> list[int]:
    """What `check` asked for, up to what it read past the end."""
    body = Watched(content)
    check(cast("BinaryIO", body))
    return body.asked


def test_short_lines_are_read_a_little_at_a_time() -> None:
    line = b"{}".ljust(source.SHORT_LINE_BYTES - 1) + b"\n"
    few = source.READ_BYTES // len(line)
    assert asked_for(line * few * 3)[:3] == [source.READ_BYTES] * 3


def test_long_lines_are_read_many_at_a_time_until_they_are_short_again() -> None:
    long, short = b"{}".ljust(MIB - 1) + b"\n", b"{}\n"
    asked = asked_for(long * 5 + short * source.SHORT_LINE_BYTES)
    assert asked[:4] == [
        source.READ_BYTES,
        source.BUFFER_BYTES,
        source.BUFFER_BYTES,
        source.READ_BYTES,
    ]
