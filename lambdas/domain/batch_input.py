"""A batch's input: cut into chunks at line ends, and read back as requests. Pure.

The file was checked when it arrived; what is looked at here is only what that check could not know,
the endpoint of the batch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import msgspec
from msgspec import Raw

from lambdas.domain.batch import KEPT_ERRORS
from lambdas.domain.chunk import CHUNK_BYTES, CHUNK_REQUESTS, ChunkPlan
from linegate.jsonl import LineError
from linegate.jsonl.report import clip

BLANK = b" \t\r\n"


class _Body(msgspec.Struct, gc=False):
    model: str


class _Head(msgspec.Struct, gc=False):
    url: str
    body: _Body


class _Request(msgspec.Struct, gc=False):
    custom_id: Raw
    body: Raw


_decode_head = msgspec.json.Decoder(_Head).decode
_decode_request = msgspec.json.Decoder(_Request).decode


@dataclass(frozen=True, slots=True)
class Request:
    """A request of a batch. Both fields are JSON exactly as it stood in the line."""

    custom_id: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """What became of an input: its chunks, or the errors for which the batch fails."""

    chunks: tuple[ChunkPlan, ...]
    requests: int
    model: str | None
    errors: tuple[LineError, ...]


class UnreadableLine(ValueError):
    """A line that the check of the file should not have let pass."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def cut(body: BinaryIO, endpoint: str) -> Cut:
    """Cut an input into chunks of whole lines, and compare each line's url with the endpoint.

    Raises UnreadableLine, and what reading raises. Holds one line at a time.
    """
    chunks: list[ChunkPlan] = []
    errors: list[LineError] = []
    model: str | None = None
    start = position = first = requests = 0
    for number, line in enumerate(body, 1):
        if line.strip(BLANK):
            if requests > first and (
                requests - first >= CHUNK_REQUESTS or position + len(line) - start > CHUNK_BYTES
            ):
                size = position - start
                chunks.append(ChunkPlan(len(chunks), start, size, first, requests - first))
                start, first = position, requests
            try:
                head = _decode_head(line)
            except msgspec.DecodeError as error:
                raise UnreadableLine(number) from error
            if model is None:
                model = head.body.model
            if head.url != endpoint and len(errors) < KEPT_ERRORS:
                errors.append(_url_mismatch(head.url, endpoint, number))
            requests += 1
        position += len(line)
    if requests > first:
        chunks.append(ChunkPlan(len(chunks), start, position - start, first, requests - first))
    return Cut(tuple(chunks), requests, model, tuple(errors))


def requests_of(content: bytes) -> Iterator[Request]:
    """The requests of a chunk, in order."""
    for line in content.split(b"\n"):
        if line.strip(BLANK):
            request = _decode_request(line)
            yield Request(bytes(request.custom_id), bytes(request.body))


def _url_mismatch(url: str, endpoint: str, number: int) -> LineError:
    return LineError(
        "mismatched_endpoint",
        number,
        f"url '{clip(url)}' is not the batch's endpoint '{endpoint}'.",
        "url",
    )
