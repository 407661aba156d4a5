"""What a check costs by the finalizer's memory, which is also its share of a CPU.

    python -m benchmarks.memory_price [--shapes ABCD] [--runs 3] [--json]

Lambda gives a function memory/1,769 of a CPU, by the kernel's quota of time, and code in one thread
no more than one. So the finalizer's own stream and check run here in a control group with that
quota (needs root and the kernel's cpu controller), reading over TLS from a server that sends
75 MB/s. A size qualifies if every shape of file has its verdict within 1.15 times what its bytes
alone take.

Assumptions, which only a deployment can check: 75 MB/s at every size listed; one of Lambda's CPUs
is as fast as one here (`--slower 1.5` assumes less); a cold start is not counted.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import trustme

from benchmarks.finalize import GOAL, LAMBDA_MB_PER_S
from benchmarks.shapes import shape_path
from infra import prices
from infra.functions import ONE_CPU_MB

SIZES_MB = (512, 768, 1_024, 1_280, 1_536, 1_769)
GROUPS = Path("/sys/fs/cgroup/cpu")
PERIOD_US = 20_000


@contextmanager
def cpu_share(share: float) -> Iterator[Path]:
    """A control group whose processes get this share of one CPU; enter it by writing their id."""
    group = GROUPS / f"linegate-{os.getpid()}"
    try:
        group.mkdir()
        (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(int(PERIOD_US * share)))
    except OSError as error:
        raise SystemExit(
            f"no control group with a quota of CPU time can be made: {error}"
        ) from None
    try:
        yield group / "cgroup.procs"
    finally:
        group.rmdir()


def measure(shape: str, share: float, tls: Path) -> dict[str, float]:
    """One check in a process of its own: seconds by the clock and of CPU, and peak memory."""
    with cpu_share(share) as entry:
        command = [sys.executable, "-m", "benchmarks.memory_worker", shape, str(entry), str(tls)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--shapes", default="ABCD")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES_MB)))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--slower", type=float, default=1.0, help="one of Lambda's CPUs")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    for shape in asked.shapes:
        shape_path(shape)
    taken: dict[tuple[str, int], list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as room:
        tls = Path(room)
        make_certificate(tls)
        for _ in range(asked.runs):
            for size_mb in map(int, asked.sizes.split(",")):
                share = min(1.0, size_mb / ONE_CPU_MB) / asked.slower
                for shape in asked.shapes:
                    taken.setdefault((shape, size_mb), []).append(measure(shape, share, tls))
    rows = [row(shape, size_mb, each) for (shape, size_mb), each in taken.items()]
    if asked.json:
        print(json.dumps(rows))
        return
    print(f"medians of {asked.runs}; {prices.AS_OF}; a goal of {GOAL} times the bytes alone")
    print(
        "| shape | memory (MB) | bytes alone (s) | verdict (s) | times | CPU (s) | 1,000 checks |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for each in sorted(rows, key=lambda one: (one["shape"], one["memory_mb"])):
        print(
            f"| {each['shape']} | {each['memory_mb']:,} | {each['alone_s']:.2f} | "
            f"{each['wall_s']:.2f} | {each['times']:.2f} | {each['cpu_s']:.2f} | "
            f"{1_000 * each['usd']:.4f} USD |"
        )
    print(
        f"cheapest that qualifies: {cheapest(rows)} MB; peak {rows[0]['peak_mb']:.0f} MB resident"
    )


def row(shape: str, size_mb: int, taken: list[dict[str, float]]) -> dict[str, Any]:
    wall_s = median(one["wall_s"] for one in taken)
    alone_s = taken[0]["bytes"] / LAMBDA_MB_PER_S / 1e6
    return {
        "shape": shape,
        "memory_mb": size_mb,
        "alone_s": alone_s,
        "wall_s": wall_s,
        "times": wall_s / alone_s,
        "cpu_s": median(one["cpu_s"] for one in taken),
        "peak_mb": max(one["peak_mb"] for one in taken),
        "usd": check_usd(size_mb, wall_s),
    }


def check_usd(size_mb: int, seconds: float) -> float:
    """Of one invocation: its time by its memory, and the request. Pure."""
    return size_mb / 1_024 * seconds * prices.LAMBDA_ARM_GB_S + prices.LAMBDA_REQUEST


def cheapest(rows: list[dict[str, Any]]) -> int | None:
    """The size with the lowest sum over all shapes, among those where all are within the goal."""
    totals: dict[int, float] = {}
    for one in rows:
        totals[one["memory_mb"]] = totals.get(one["memory_mb"], 0) + one["usd"]
    for one in rows:
        if one["times"] > GOAL:
            totals.pop(one["memory_mb"], None)
    return min(totals, key=lambda size: totals[size]) if totals else None


def make_certificate(folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        folder / "server.pem"
    )


if __name__ == "__main__":
    main()
