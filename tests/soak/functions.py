"""The emulator's function processes: their memory over time; now and then one is killed."""

import os
import random
import re
import signal
import subprocess
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

NAME = re.compile(r"Functions([A-Z][a-z]+)Function")


@dataclass(frozen=True)
class Process:
    pid: int
    function: str
    kib: int


def processes(emulator_pid: int) -> list[Process]:
    """The warm functions, by the folder that each runs in."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,rss=,args=", "--ppid", str(emulator_pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = []
    for line in listed.splitlines():
        pid, kib, args = line.split(maxsplit=2)
        if match := NAME.search(args):
            found.append(Process(int(pid), match[1].lower(), int(kib)))
    return found


@dataclass
class Watch:
    """Samples memory; kills a random function now and then, as AWS may take one away."""

    emulator_pid: int
    sample_s: float
    kill_s: float | None
    samples: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    kills: int = 0

    def run(self, ended: threading.Event, seed: int) -> None:
        chosen = random.Random(seed)
        began = killed = time.monotonic()
        while not ended.wait(self.sample_s):
            now = time.monotonic()
            alive = processes(self.emulator_pid)
            for process in alive:
                self.samples[process.function].append((now - began, process.kib))
            if self.kill_s is not None and alive and now - killed >= self.kill_s:
                os.kill(chosen.choice(alive).pid, signal.SIGKILL)
                self.kills += 1
                killed = now

    def table(self) -> str:
        """Median MiB of each function's processes in the run's quarters."""
        lines = []
        for function, samples in sorted(self.samples.items()):
            end = max(at for at, _ in samples) or 1
            quarters: list[list[int]] = [[], [], [], []]
            for at, kib in samples:
                quarters[min(3, int(4 * at / end))].append(kib)
            medians = [sorted(q)[len(q) // 2] // 1024 if q else 0 for q in quarters]
            lines.append(f"  {function:<12}" + "".join(f"{mib:>6}" for mib in medians) + "  MiB")
        return "\n".join(lines)
