"""How much of a file is on its way."""

import threading
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Bytes handed to the network so far, of all. Fewer than before when a part is sent again."""

    filename: str
    sent_bytes: int
    total_bytes: int
    held_bytes: int = 0
    """How many of the sent ones an earlier, interrupted upload had sent."""


OnProgress = Callable[[Progress], object]


class Tally:
    """Adds up what the parts report, from any thread, and passes it on, one call at a time."""

    def __init__(self, filename: str, total_bytes: int, report: OnProgress | None) -> None:
        self._filename = filename
        self._total_bytes = total_bytes
        self._report = report
        self._lock = threading.Lock()
        self._sent_bytes = self._held_bytes = 0

    def start(self, held_bytes: int) -> None:
        """Begin with what the storage holds already."""
        with self._lock:
            self._sent_bytes = self._held_bytes = held_bytes
            if held_bytes:
                self._pass_on()

    def add(self, count: int) -> None:
        with self._lock:
            self._sent_bytes += count
            self._pass_on()

    def _pass_on(self) -> None:
        if self._report:
            self._report(
                Progress(self._filename, self._sent_bytes, self._total_bytes, self._held_bytes)
            )


class PartTally:
    """One part's share, taken back when the part has to be sent again."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._sent_bytes = 0

    def add(self, count: int) -> None:
        self._sent_bytes += count
        self._tally.add(count)

    def begin_again(self) -> None:
        if self._sent_bytes:
            self._tally.add(-self._sent_bytes)
            self._sent_bytes = 0
