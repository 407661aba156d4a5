"""Chunks: runs of whole lines of a batch's input, and how far each has come. Pure.

A chunk is a byte range of the input, so that messages and records stay small whatever the lines
hold. Requests are taken in their order; `next_request` is the first that was never taken, and
`unfinished` what was taken before it and still has no answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lambdas.domain.batch import TokenUsage
from lambdas.domain.limits import MIB

CHUNK_REQUESTS = 500
"""Enough to keep a worker's connections busy, few enough to share a batch among workers."""

CHUNK_BYTES = 8 * MIB
"""A worker holds a chunk in memory. Only a single line can make one larger."""


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """Where a chunk lies in the input. `number` and `first_request` count from 0."""

    number: int
    start: int
    bytes: int
    first_request: int
    requests: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What of a chunk is done; `segments` name the objects that hold its results, in order."""

    next_request: int = 0
    """Counted within the chunk, from 0."""
    unfinished: Mapping[int, int] = field(default_factory=dict)
    """Requests before `next_request` without an answer, and how often each was tried."""
    segments: tuple[str, ...] = ()
    done: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk as it is kept. A lease lets one worker at a time send its requests."""

    plan: ChunkPlan
    progress: Progress
    lease: str | None = None
    leased_until: int = 0
    failing_since: int | None = None
    """Since when the model endpoint has answered nothing of this chunk."""
    takes: int = 0
    """Leases in a row, this one included, under which nothing was saved: a chunk that ends its
    workers is recognized by them."""
    returns: int = 0
    """How often in a row the chunk was put back because the endpoint was unavailable."""

    def open_requests(self) -> list[tuple[int, int]]:
        """Requests without an answer, in order, each with the number of its earlier attempts."""
        fresh = range(self.progress.next_request, self.plan.requests)
        return [*sorted(self.progress.unfinished.items()), *((number, 0) for number in fresh)]


@dataclass(frozen=True, slots=True)
class Tally:
    """What a segment adds to its batch's counts."""

    completed: int = 0
    failed: int = 0
    output_bytes: int = 0
    error_bytes: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)
    overdue: bool = False
