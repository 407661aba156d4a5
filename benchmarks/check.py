"""Time and memory of the check, beside the usual ways to do the same.

    python -m benchmarks.check [--shapes ABCD] [--runs 5] [--json]

Every run is a fresh process; the contestants take turns, so that what disturbs the machine disturbs
them alike; the median counts. Time is the processor's (user and system) for the work alone, imports
done: each contestant is one thread that never waits, and other programs are not counted. Memory is
the peak above the interpreter and its imports.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.contestants import CONTESTANTS, Refused
from benchmarks.invalid import BREAKINGS, broken_path, long_line_path
from benchmarks.shapes import FOLDER, SHAPES, shape_path, write_once

GOALS = {"A": 3.0, "B": 3.5, "C": 2.5, "D": 9.0}
"""How many times as fast as strict `json.loads` the check is meant to be."""

PEAK_GOAL_MB = 40
BROKEN_SHAPES = "AB"
PYDANTIC_RUNS = 2
"""It takes seconds for each, and is not near the others."""


@dataclass(frozen=True)
class Run:
    seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Result:
    """One contestant on one file: the median run, and the highest peak."""

    file: str
    contestant: str
    mb_per_s: float
    seconds: float
    peak_mb: float


def peak_mb() -> float:
    """The most memory this process ever held, in 1,000,000 bytes. (Linux counts in KiB.)"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def run_here(contestant: str, path: Path) -> Run:
    """Time one contestant in this process, once it has imported what it needs."""
    work = CONTESTANTS[contestant]
    work(write_once(FOLDER / "one request.jsonl", one_request))
    peak_before_mb = peak_mb()
    start = time.process_time()
    with suppress(Refused):
        work(path)
    seconds = time.process_time() - start
    return Run(seconds, peak_mb() - peak_before_mb)


def one_request() -> list[bytes]:
    return [
        b'{"custom_id":"1","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"\xc3\xa9"}}'
    ]


def run_apart(contestant: str, path: Path) -> Run:
    command = [sys.executable, "-m", "benchmarks.check", "--once", contestant, str(path)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return Run(**json.loads(answer))


def measure(file: str, path: Path, contestants: list[str], runs: int) -> list[Result]:
    """Let the contestants take turns on one file, beginning with another each time."""
    taken: dict[str, list[Run]] = {contestant: [] for contestant in contestants}
    for turn in range(runs):
        first = turn % len(contestants)
        for contestant in contestants[first:] + contestants[:first]:
            if contestant != "pydantic" or turn < PYDANTIC_RUNS:
                taken[contestant].append(run_apart(contestant, path))
    results = []
    for contestant, its_runs in taken.items():
        seconds = median(run.seconds for run in its_runs)
        peak = max(run.peak_mb for run in its_runs)
        speed = path.stat().st_size / 1e6 / seconds
        results.append(Result(file, contestant, speed, seconds, peak))
    return results


def import_ms(module: str) -> float:
    """Milliseconds that importing a module adds to a bare interpreter; the median of 9."""

    def start(code: str) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return (time.perf_counter() - begin) * 1000

    return median(start(f"import {module}") - start("pass") for _ in range(9))


def show(results: list[Result]) -> None:
    """One table: how often `ours` fits into each contestant's time."""
    print(f"{'file':16}{'contestant':14}{'MB/s':>8}{'ours is':>10}{'peak MB':>10}")
    ours = {result.file: result for result in results if result.contestant == "ours"}
    for result in results:
        ratio = result.seconds / ours[result.file].seconds
        times = "" if result.contestant == "ours" else f"{ratio:.2f}x"
        line = f"{result.file:16}{result.contestant:14}{result.mb_per_s:8.0f}{times:>10}"
        print(f"{line}{result.peak_mb:10.1f}")


def verdicts(results: list[Result]) -> list[tuple[str, bool]]:
    """What the check is meant to reach, in words with what was measured, and whether it did."""
    seconds = {(result.file, result.contestant): result.seconds for result in results}
    judged = []
    for shape, goal in GOALS.items():
        if (shape, "ours") in seconds:
            ratio = seconds[shape, "json"] / seconds[shape, "ours"]
            judged.append((f"{shape}: {ratio:.2f}x strict json.loads, goal {goal}x", ratio >= goal))
    for shape in BROKEN_SHAPES:
        for breaking in BREAKINGS:
            file = f"{shape} {breaking}"
            if (file, "ours") in seconds:
                ratio = seconds[shape, "json"] / seconds[file, "ours"]
                judged.append((f"{file}: {ratio:.2f}x json.loads of the valid file", ratio >= 1))
    peak = max(result.peak_mb for result in results if result.contestant == "ours")
    judged.append((f"peak {peak:.1f} MB, goal below {PEAK_GOAL_MB} MB", peak < PEAK_GOAL_MB))
    return judged


def measure_all(shapes: str, runs: int) -> list[Result]:
    results = []
    for shape in shapes:
        results += measure(shape, shape_path(shape), list(CONTESTANTS), runs)
    for shape in BROKEN_SHAPES:
        for breaking in BREAKINGS:
            if shape in shapes:
                path = broken_path(shape, breaking)
                results += measure(f"{shape} {breaking}", path, ["ours"], runs)
    return results + measure("one long line", long_line_path(), ["ours"], runs)


def main() -> None:
    arguments = argparse.ArgumentParser(description="Time the check beside the usual ways.")
    arguments.add_argument("--shapes", default="".join(SHAPES), help="default %(default)s")
    arguments.add_argument("--runs", type=int, default=5, help="of each, default %(default)s")
    arguments.add_argument("--json", action="store_true", help="print results for programs")
    arguments.add_argument("--once", nargs=2, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.once:
        print(json.dumps(asdict(run_here(options.once[0], Path(options.once[1])))))
        return
    results = measure_all(options.shapes, options.runs)
    judged = verdicts(results)
    imported_ms = import_ms("linegate.jsonl.checking")
    if options.json:
        goals = [{"goal": goal, "reached": reached} for goal, reached in judged]
        every = [asdict(result) for result in results]
        print(json.dumps({"results": every, "goals": goals, "import_ms": imported_ms}, indent=2))
        return
    show(results)
    print()
    for goal, reached in judged:
        print(f"{'reached' if reached else 'MISSED '}  {goal}")
    print(f"importing the check takes {imported_ms:.0f} ms")


if __name__ == "__main__":
    main()
