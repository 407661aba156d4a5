"""What must be there: the files that clients were told of, and what was done to them since."""

import hashlib
import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Known:
    """A file as its creator was told: its content's digest, its size, its name."""

    file_id: str
    sha256: str
    bytes: int
    filename: str
    valid: bool


@dataclass
class Account:
    """One account: its key, its files, and the ids that must never be seen again.

    A worker takes a file out of `files` while it does something to it, so none meets another's.
    """

    name: str
    api_key: str
    files: dict[str, Known] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    expired: set[str] = field(default_factory=set)
    sent_names: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, file: Known) -> None:
        with self.lock:
            self.files[file.file_id] = file

    def take(self, number: int) -> Known | None:
        """Some file, by a random number; None where there is none."""
        with self.lock:
            if not self.files:
                return None
            ids = list(self.files)
            return self.files.pop(ids[number % len(ids)])

    def snapshot(self) -> tuple[dict[str, Known], set[str]]:
        with self.lock:
            return dict(self.files), set(self.gone)

    def forget(self, file: Known, *, expired: bool = False) -> None:
        with self.lock:
            self.gone.add(file.file_id)
            if expired:
                self.expired.add(file.file_id)


@dataclass
class Tally:
    """Operations done, what clients met on the way, and where model and service disagree."""

    operations: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def did(self, operation: str) -> None:
        with self.lock:
            self.operations[operation] += 1

    def met(self, fault: str) -> None:
        with self.lock:
            self.faults[fault] += 1

    def disagree(self, what: str) -> None:
        with self.lock:
            self.disagreements.append(what)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
