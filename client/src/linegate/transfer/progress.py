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


OnProgress = Callable[[Progress], object]


class Tally:
    """Adds up what the parts report, from any thread, and passes it on, one call at a time."""

    def __init__(self, filename: str, total_bytes: int, report: OnProgress | None) -> None:
        self._filename = filename
        self._total_bytes = total_bytes
        self._report = report
        self._lock = threading.Lock()
        self._sent_bytes = 0

    def add(self, count: int) -> None:
        if not self._report:
            return
        with self._lock:
            self._sent_bytes += count
            self._report(Progress(self._filename, self._sent_bytes, self._total_bytes))


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
