"""Which pieces of proxied parts make up each part that S3 joins. Pure.

Clients send parts of any size, S3 joins none below 5 MiB but the last: so the parts are read as
one run of bytes and cut again, at the same places however often the plan is made.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lambdas.domain.part_plan import Part, plan_parts


class Source(NamedTuple):
    """A proxied part."""

    ulid: str
    bytes: int


class Piece(NamedTuple):
    """A stretch of one source."""

    ulid: str
    start: int
    bytes: int
    whole: bool
    """Whether it is all of its source."""


class PackedPart(NamedTuple):
    """A part for S3 and the pieces it consists of, in the order of the bytes."""

    part: Part
    pieces: tuple[Piece, ...]


def plan_packing(sources: Sequence[Source], part_bytes: int) -> list[PackedPart]:
    """Cut the sources' bytes, in their order, into parts of part_bytes; the last may be smaller."""
    total_bytes = sum(source.bytes for source in sources)
    pieces = _pieces(sources, part_bytes)
    packed = []
    for part in plan_parts(total_bytes, part_bytes):
        taken: list[Piece] = []
        wanted = part.bytes
        while wanted:
            taken.append(next(pieces))
            wanted -= taken[-1].bytes
        packed.append(PackedPart(part, tuple(taken)))
    return packed


def pieces_behind(packed: PackedPart, done_bytes: int) -> Iterator[Piece]:
    """The pieces that are missing where the first done_bytes, which end with a piece, are there."""
    position = 0
    for piece in packed.pieces:
        if position >= done_bytes:
            yield piece
        position += piece.bytes


def digest_of(part_ulids: Sequence[str]) -> str:
    """Names one sequence of parts: what was packed from it is never taken for another's."""
    return hashlib.sha256("\n".join(part_ulids).encode()).hexdigest()


def _pieces(sources: Sequence[Source], part_bytes: int) -> Iterator[Piece]:
    """The sources, cut wherever part_bytes of the whole are full."""
    room = part_bytes
    for source in sources:
        start = 0
        while start < source.bytes:
            size = min(source.bytes - start, room)
            yield Piece(source.ulid, start, size, whole=size == source.bytes)
            start += size
            room = room - size or part_bytes
