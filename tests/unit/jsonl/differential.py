"""Compares the checker with the reference on random bodies, however their bytes arrive.

    python -m tests.unit.jsonl.differential [--lines 120000] [--seed N]

Prints what was compared. Exit status 1 at the first disagreement, which is written down.
"""

# ruff: noqa: T201  # it is run by a person

import argparse
import hashlib
import io
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from unittest import mock

from linegate.jsonl import CheckLimits, Report, check, source
from tests.unit.jsonl.generator import Generator
from tests.unit.jsonl.reference import Expected, Found, reference

FULL_RUN_LINES = 120_000

SMALL_BYTES = 3000
READS = {True: (50, 1000), False: (1, 2, 3, 7, 100)}
"""Most bytes that a read hands out, for bodies that are not small and for those that are."""


class Disagreement(AssertionError):
    pass


class Trickle(io.RawIOBase):
    """A body that hands out a few bytes at a time, as a network does."""

    def __init__(self, body: bytes, random: Random, most: int) -> None:
        self._body = io.BytesIO(body)
        self._random = random
        self._most = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
        count = min(len(buffer), 1 + int(self._random.random() * self._most))
        return self._body.readinto(buffer[:count])


@dataclass
class Counts:
    bodies: int = 0
    checks: int = 0
    lines: int = 0
    valid_bodies: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)


def found(report: Report) -> list[Found]:
    return [(error.code, error.line, error.param) for error in report.errors]


def compare(body: bytes, kind: str, limits: CheckLimits, random: Random) -> Expected:
    """Check one body in several ways; raise Disagreement unless all are as the reference says."""
    right = hashlib.md5(body, usedforsecurity=False).hexdigest()
    md5 = random.choice((None, None, right, "0" * 32))
    expected = reference(body, kind, limits, md5)
    for most, buffer_bytes in (
        (len(body) + 1, source.BUFFER_BYTES),
        (random.choice(READS[len(body) > SMALL_BYTES]), random.choice((1, 2, 16, 100, 5000))),
    ):
        with mock.patch.object(source, "BUFFER_BYTES", buffer_bytes):
            report = check(Trickle(body, random, most), kind, limits, md5)  # type: ignore[arg-type]  # RawIOBase reads as BinaryIO does
        same = (
            report.bytes == len(body)
            and report.lines == expected.lines
            and report.requests == expected.requests
            and report.models == tuple(expected.models if kind == "batch" else ())
            and report.error_counts == Counter(code for code, _, _ in expected.errors)
            and report.error_count == len(expected.errors)
            and report.valid is not bool(expected.errors)
            and found(report) == expected.errors[: limits.kept_errors]
            and all(0 < len(error.message) < 400 for error in report.errors)
        )
        if not same:
            raise Disagreement(
                f"\nbody {body!r}\nkind {kind}, {limits}, md5 {md5}, reads of {most}, "
                f"buffer of {buffer_bytes}\nchecker   {report}\nreference {expected}"
            )
    return expected


def run(lines: int, seed: int) -> Counts:
    """Compare bodies made from a seed until so many lines were compared."""
    generator = Generator(seed)
    random = Random(seed + 1)
    counts = Counts(made=generator.made)
    while counts.lines < lines:
        limits = generator.limits()
        body = generator.body(limits)
        kind = "batch_output" if random.random() < 0.1 else "batch"
        expected = compare(body, kind, limits, random)
        counts.bodies += 1
        counts.checks += 2
        counts.lines += expected.lines
        counts.valid_bodies += not expected.errors
        counts.errors.update(code for code, _, _ in expected.errors)
    return counts


def main() -> int:
    arguments = argparse.ArgumentParser(description="Compare the checker with its reference.")
    arguments.add_argument("--lines", type=int, default=FULL_RUN_LINES, help="default %(default)s")
    arguments.add_argument("--seed", type=int, default=None, help="default: another every time")
    options = arguments.parse_args()
    seed = options.seed if options.seed is not None else time.time_ns() % 1_000_000_000
    print(f"seed {seed}", flush=True)
    try:
        counts = run(options.lines, seed)
    except Disagreement as disagreement:
        print(f"the checker and the reference disagree{disagreement}")
        return 1
    print(f"{counts.lines:,} lines in {counts.bodies:,} bodies, each checked twice")
    print(f"{counts.valid_bodies:,} bodies valid, 0 disagreements")
    for title, counter in (("lines made", counts.made), ("errors agreed on", counts.errors)):
        print(title)
        for name, count in counter.most_common():
            print(f"  {count:>8,}  {name.replace('_', ' ') if title == 'lines made' else name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
