"""Files that are not valid, made from the shapes: refusing must not cost more than accepting."""

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.shapes import FOLDER, shape_path, write_once

LONG_LINE_BYTES = 200 << 20


def wrong_field(line: bytes) -> bytes:
    """The same request with a method that is not allowed."""
    return line.replace(b'"POST"', b'"PUT"', 1)


def not_json(line: bytes) -> bytes:
    """The same request without its last brace."""
    return line.rstrip()[:-1] + b"\n"


def one_long_line() -> Iterator[bytes]:
    """A single line of 200 MiB, which a checker must refuse without holding it."""
    yield b'{"custom_id": "'
    for _ in range(LONG_LINE_BYTES >> 20):
        yield b"x" * (1 << 20)
    yield b'"}\n'


BREAKINGS: dict[str, Callable[[bytes], bytes]] = {
    "wrong field": wrong_field,
    "not JSON": not_json,
}


def broken_path(shape: str, breaking: str) -> Path:
    """A shape whose every line is broken in the same way."""

    def lines() -> Iterator[bytes]:
        with shape_path(shape).open("rb") as valid:
            yield from map(BREAKINGS[breaking], valid)

    return write_once(FOLDER / f"{shape} {breaking}.jsonl", lines)


def long_line_path() -> Path:
    return write_once(FOLDER / "long line.jsonl", one_long_line)
