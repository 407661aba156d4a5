"""One check in a process of its own, held to a control group's share of a CPU: memory_price.py.

    python -m benchmarks.memory_worker SHAPE …/cgroup.procs FOLDER_WITH_CERTIFICATE

Imports nothing that the finalizer does not, so that its peak memory is the finalizer's. A small
file comes first, as a warm function has all its modules; the connection is new, as S3's is.
"""

import json
import os
import sys
import time
from pathlib import Path

from benchmarks.finalize import LAMBDA_MB_PER_S, check, object_at
from benchmarks.shapes import shape_path
from lambdas import clients


def measure(shape: str, group: Path, tls: Path) -> None:
    with object_at(shape_path("B"), 0, tls) as small:
        check(small)
    with object_at(shape_path(shape), LAMBDA_MB_PER_S, tls) as record:
        clients.s3()
        group.write_text(str(os.getpid()))
        wall, cpu = time.perf_counter(), time.process_time()
        check(record)
        told = {
            "wall_s": time.perf_counter() - wall,
            "cpu_s": time.process_time() - cpu,
            "bytes": record.bytes,
            "peak_mb": peak_mb(),
        }
    (group.parents[1] / "cgroup.procs").write_text(str(os.getpid()))  # so that the group can go
    print(json.dumps(told))


def peak_mb() -> float:
    """Not getrusage's, which begins with the size of the process that started this one."""
    (line,) = [
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line
    ]
    return int(line.split()[1]) / 1_024


if __name__ == "__main__":
    measure(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
