"""Segments: results of a chunk as they are kept until they are joined into files. Pure.

Each line is a result's line behind its request's number within the chunk, six digits, and `O` or
`E` for the file it belongs to. A segment is in the order of the numbers; the segments of a chunk
overlap where requests took longer than others.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lambdas.domain.batch_results import Result

NUMBER_DIGITS = 6
_HEAD = NUMBER_DIGITS + 1


class Line(NamedTuple):
    """`content` ends with a line end."""

    number: int
    is_error: bool
    content: bytes


def segment_of(results: Mapping[int, Result]) -> bytes:
    """A segment of results by their requests' numbers."""
    return b"".join(
        b"%06d%b%b\n" % (number, b"E" if result.is_error else b"O", result.line)
        for number, result in sorted(results.items())
    )


def lines_of(segment: Iterable[bytes]) -> Iterator[Line]:
    for line in segment:
        yield Line(int(line[:NUMBER_DIGITS]), line[NUMBER_DIGITS:_HEAD] == b"E", line[_HEAD:])


def join_segments(segments: Iterable[Iterable[bytes]]) -> Iterator[Line]:
    """The lines of a chunk's segments in the order of the input. Holds one line of each."""
    return heapq.merge(*(lines_of(segment) for segment in segments))
