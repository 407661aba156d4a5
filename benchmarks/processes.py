"""CPU time and memory of a process and all that it started, from Linux's /proc."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
GENERATIONS = 4
LOOK_EVERY_S = 0.05


@dataclass
class Spent:
    cpu_s: float = 0
    rose_mb: float = 0


@dataclass(frozen=True)
class Processes:
    """Of the process with this id and its descendants; `remembers`: its own memory counts, too."""

    pid: int
    remembers: bool = True

    def cpu_seconds(self) -> dict[int, float]:
        """Spent so far, by process id."""
        found = _stats()
        return {pid: found[pid][1] for pid in _family(self.pid, found)}

    def memory_mb(self) -> float:
        """Resident now, memory that is shared not counted twice (Pss), in 10^6 bytes."""
        family = _family(self.pid, _stats())
        return sum(map(_pss_mb, family if self.remembers else family - {self.pid}))

    @contextmanager
    def watched(self) -> Iterator[Spent]:
        """What is spent inside: CPU time, and how far memory rose at its highest look."""
        spent, done = Spent(), threading.Event()
        before, base = self.cpu_seconds(), self.memory_mb()

        def look() -> None:
            while not done.wait(LOOK_EVERY_S):
                spent.rose_mb = max(spent.rose_mb, self.memory_mb() - base)

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield spent
        finally:
            done.set()
            looking.join()
            after = self.cpu_seconds()
            spent.cpu_s = sum(spent_s - before.get(pid, 0) for pid, spent_s in after.items())


def _stats() -> dict[int, tuple[int, float]]:
    """Each process's parent, and the CPU seconds that it has spent."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(folder.name)] = (int(told[1]), (int(told[11]) + int(told[12])) / TICKS_A_SECOND)
    return found


def _family(pid: int, found: dict[int, tuple[int, float]]) -> set[int]:
    family = {pid} & set(found)
    for _ in range(GENERATIONS):
        family |= {one for one, (parent, _) in found.items() if parent in family}
    return family


def _pss_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1_024 / 1e6
