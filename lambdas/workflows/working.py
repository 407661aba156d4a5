"""Have the requests of one chunk answered, and keep every answer.

Results are saved as segments every few seconds: an object, then one transaction that lets it count.
What is not saved when a worker dies is sent again by the next one; what is saved counts once. A
worker that comes near its end takes no more requests, saves, and puts the chunk back.

Memory: the chunk (8 MiB, or one line), answers under way (one for each request in parallel), and
results not yet saved (SAVED_BYTES, and what comes while they are written).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil
from time import monotonic
from typing import NamedTuple

from lambdas import deadline
from lambdas.domain.batch import TOKEN_COUNTS, BatchRecord, BatchStatus, TokenUsage
from lambdas.domain.batch_input import requests_of
from lambdas.domain.batch_results import Failure, Result, failure_result
from lambdas.domain.chunk import Chunk, Progress, Tally
from lambdas.domain.errors import Unavailable
from lambdas.domain.ids import batch_request_id
from lambdas.domain.keys import BatchKey
from lambdas.domain.limits import MESSAGE_TRIES, MIB
from lambdas.domain.segments import segment_of
from lambdas.domain.sending import GIVEN_UP_AFTER_S, OUTAGE_S, return_s
from lambdas.stores import batch_queues, batch_store, batch_table, chunk_table
from lambdas.stores.batch_table import LeaseLost
from lambdas.stores.chunk_table import ChunkTaken
from lambdas.stores.model_endpoint import ModelEndpoint
from lambdas.workflows.checking import Clock
from lambdas.workflows.sending import Sending, Settled

FIRST_SAVE_S = 2.0
LONGEST_SAVE_S = 30.0
"""Between two saves: soon at first, so that small batches show progress, then twice as long each
time, so that a chunk has few segments."""

SAVED_BYTES = 16 * MIB

LOOK_EVERY_S = 3.0
"""How often the batch is looked at for a cancellation."""

SAVE_RESERVE_S = 15.0
"""What the last save may take, and giving the chunk back."""

LONGEST_LEASE_S = 900
"""As long as a function can run."""

LEASE_MARGIN_S = 10

MOST_TAKES = MESSAGE_TRIES
"""Leases in a row under which nothing was saved: the last gives the chunk up."""


class Worked(StrEnum):
    DONE = "done"
    RETURNED = "returned"
    """Put back: out of time."""
    POSTPONED = "postponed"
    """Put back for a while: the endpoint was unavailable."""
    GIVEN_UP = "given up"
    """It ended its workers: what was open became error lines."""
    REPEATED = "repeated"
    """It was done already: the message came twice."""
    LEASED = "leased"
    """Another worker has it, and this message comes again after that one's end."""
    GONE = "gone"
    """The batch has ended."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How requests are sent."""

    endpoint: ModelEndpoint
    parallelism: int
    timeout_s: float
    most_line_bytes: int


def work(key: BatchKey, number: int, terms: Terms, clock: Clock, lease: str) -> Worked:
    """Work on a chunk until it is done or the deadline is near. Raises LeaseLost or Unavailable.

    After so many leases under which nothing was saved, nothing is sent: what is open becomes error
    lines, so that the requests of a chunk that ends its workers are not lost.
    """
    now = clock() // 1000
    batch = batch_table.find(key, now)
    if batch is None or batch.ended:
        return Worked.GONE
    until = now + int(min(deadline.left_s(), LONGEST_LEASE_S)) + LEASE_MARGIN_S
    try:
        chunk = chunk_table.take(key, number, lease, now, until)
    except ChunkTaken as taken:
        return _not_taken(key, taken.current, now)
    try:
        return _Work(batch, chunk, terms, clock).run()
    except Unavailable:
        chunk_table.give_back(key, chunk, chunk.failing_since, chunk.returns)
        raise
    except Exception:
        chunk_table.drop(key, chunk)
        raise


def _not_taken(key: BatchKey, chunk: Chunk | None, now: int) -> Worked:
    if chunk is None:
        return Worked.GONE
    if chunk.progress.done:
        _finish_if_last(key, now)
        return Worked.REPEATED
    batch_queues.send_chunk(key, chunk.plan.number, max(1, chunk.leased_until - now))
    return Worked.LEASED


def _finish_if_last(key: BatchKey, now: int) -> None:
    """Whoever finishes the last chunk says so; again, where a message was lost."""
    batch = batch_table.find(key, now)
    if batch is not None and batch.all_answered and not batch.ended:
        batch_queues.send_finish(key)


class _Stop(NamedTuple):
    """Why no more requests are taken. `failure`: what becomes of the rest; None: it is put back."""

    failure: Failure | None
    delay_s: int = 0
    failing_since: int | None = None


class _Work:
    """One worker's time with one chunk."""

    def __init__(self, batch: BatchRecord, chunk: Chunk, terms: Terms, clock: Clock) -> None:
        self._key = batch.key
        self._url = batch.endpoint
        self._batch = batch
        self._chunk = chunk
        self._terms = terms
        self._clock = clock
        self._looked_at = monotonic()
        self._postponed = False
        content = batch_store.read_input(self._key, chunk.plan.start, chunk.plan.bytes)
        self._requests = list(requests_of(content))

    def run(self) -> Worked:
        last_take = self._chunk.takes >= MOST_TAKES
        given_up = self._given_up() or (Failure.ENDPOINT_UNAVAILABLE if last_take else None)
        if given_up is None:
            given_up = self._send()
        if given_up is not None:
            self._give_up(given_up)
        if not self._chunk.progress.done:
            return Worked.POSTPONED if self._postponed else Worked.RETURNED
        _finish_if_last(self._key, self._now())
        return Worked.GIVEN_UP if last_take else Worked.DONE

    def _send(self) -> Failure | None:
        """Send until all is answered or there is a reason to stop: what becomes of the rest, or
        None where nothing is left or it was put back."""
        sending = Sending(
            self._requests,
            self._chunk.open_requests(),
            self._chunk.progress.next_request,
            self._request_id,
            lambda request, name: self._terms.endpoint.send(self._url, request.body, name),
            self._terms.parallelism,
            self._terms.most_line_bytes,
        )
        try:
            sending.start()
            stop = self._save_as_they_come(sending)
        finally:
            sending.stop()
        if stop is None or self._chunk.progress.done:
            return None
        if stop.failure is None:
            self._put_back(stop, sending.held_s())
        return stop.failure

    def _save_as_they_come(self, sending: Sending) -> _Stop | None:
        pause_s = FIRST_SAVE_S
        next_save = monotonic() + pause_s
        stop: _Stop | None = None
        while True:
            sending.wait(min(LOOK_EVERY_S, max(0.0, next_save - monotonic())), SAVED_BYTES)
            running = sending.running()
            if not running or sending.holds(SAVED_BYTES) or monotonic() >= next_save:
                self._save(sending.settle())
                pause_s = min(2 * pause_s, LONGEST_SAVE_S)
                next_save = monotonic() + pause_s
            if not running:
                return stop
            if stop is not None and deadline.left_s() < SAVE_RESERVE_S:
                sending.abandon()
            if stop is None and (stop := self._reason_to_stop(sending)):
                sending.stop()

    def _reason_to_stop(self, sending: Sending) -> _Stop | None:
        if monotonic() >= self._looked_at + LOOK_EVERY_S:
            self._looked_at = monotonic()
            batch = batch_table.find(self._key, self._now())
            if batch is None or batch.ended:
                raise LeaseLost
            self._batch = batch
        if failure := self._given_up():
            return _Stop(failure)
        if deadline.left_s() < self._terms.timeout_s + SAVE_RESERVE_S:
            return _Stop(None)
        silent_s = sending.silent_s()
        if silent_s < OUTAGE_S:
            return None
        since = self._chunk.failing_since or self._now() - int(silent_s)
        if self._now() - since >= GIVEN_UP_AFTER_S:
            return _Stop(Failure.ENDPOINT_UNAVAILABLE)
        return _Stop(None, return_s(self._chunk.returns), since)

    def _given_up(self) -> Failure | None:
        """Why nothing more is to be sent for this batch."""
        if self._batch.status is BatchStatus.CANCELLING:
            return Failure.BATCH_CANCELLED
        if self._now() >= self._batch.window_ends_at:
            return Failure.BATCH_EXPIRED
        return None

    def _give_up(self, failure: Failure) -> None:
        """Let every request that is open become an error line."""
        results = {
            number: failure_result(
                self._request_id(number), self._requests[number].custom_id, failure
            )
            for number, _ in self._chunk.open_requests()
        }
        overdue = failure is Failure.BATCH_EXPIRED
        self._save(Settled(results, {}, self._chunk.plan.requests), overdue)

    def _put_back(self, stop: _Stop, held_s: float) -> None:
        """Not to be taken before the endpoint may be asked again."""
        self._postponed = stop.delay_s > 0
        returns = self._chunk.returns + 1 if self._postponed else 0
        chunk_table.give_back(self._key, self._chunk, stop.failing_since, returns)
        delay_s = max(stop.delay_s, ceil(held_s))
        batch_queues.send_chunk(self._key, self._chunk.plan.number, delay_s)

    def _save(self, settled: Settled, overdue: bool = False) -> None:
        before = self._chunk.progress
        segments = before.segments
        if settled.results:
            name = f"{self._chunk.plan.number:06d}-{len(segments):04d}-{self._chunk.lease}"
            batch_store.put_segment(self._key, name, segment_of(settled.results))
            segments = (*segments, name)
        progress = Progress(
            settled.next_request,
            settled.unfinished,
            segments,
            done=not settled.unfinished and settled.next_request == self._chunk.plan.requests,
        )
        if progress == before:
            return
        tally = replace(tally_of(settled.results.values()), overdue=overdue)
        batch_table.save_progress(self._key, self._chunk, progress, tally)
        self._chunk = replace(self._chunk, progress=progress)
        if settled.results:
            self._chunk = replace(self._chunk, failing_since=None, returns=0)

    def _request_id(self, number: int) -> str:
        return batch_request_id(self._key.ulid, self._chunk.plan.first_request + number)

    def _now(self) -> int:
        return self._clock() // 1000


def tally_of(results: Iterable[Result]) -> Tally:
    """What a segment with these results adds to its batch's counts. Pure."""
    results = list(results)
    output = [result for result in results if not result.is_error]
    errors = [result for result in results if result.is_error]
    usage = {name: sum(getattr(r.usage, name) for r in output) for name in TOKEN_COUNTS}
    return Tally(
        completed=len(output),
        failed=len(errors),
        output_bytes=sum(len(result.line) + 1 for result in output),
        error_bytes=sum(len(result.line) + 1 for result in errors),
        usage=TokenUsage(**usage),
    )
