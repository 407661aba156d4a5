"""What checking a file costs on top of reading it from S3, over loopback.

    python -m benchmarks.finalize [--shapes AB] [--runs 5] [--json]

The finalizer's own stream and check, beside a plain boto3 GET of the same object that throws the
bytes away: once with the connection held to 75 MB/s, about what one Lambda reads from S3, and once
without. The two take turns; wall-clock time, medians, and their ratio.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.shapes import shape_path
from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.domain.limits import Limits
from lambdas.stores.object_stream import open_stream
from lambdas.workflows.checking import validate

LAMBDA_MB_PER_S = 75.0
GOAL = 1.15
"""At most this ratio where the connection is held to what a Lambda reads."""

READ_BYTES = 1 << 20
BIG_FILE = Limits(file_bytes=1 << 40)


@dataclass(frozen=True)
class Ratio:
    shape: str
    held_to_mb_per_s: float
    plain_s: float
    finalize_s: float

    @property
    def times(self) -> float:
        return self.finalize_s / self.plain_s


@contextmanager
def object_at(path: Path, mb_per_s: float, tls: Path | None = None) -> Iterator[FileRecord]:
    """The file, served as the bucket's only object to the functions' own S3 client.

    `tls` is a folder with the server's server.pem and the authority.pem that signed it.
    """
    command = [sys.executable, "-m", "benchmarks.object_server", str(path), str(mb_per_s)]
    scheme = "http"
    if tls is not None:
        command, scheme = [*command, str(tls / "server.pem")], "https"
        os.environ["AWS_CA_BUNDLE"] = str(tls / "authority.pem")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        os.environ |= {
            "AWS_ENDPOINT_URL": f"{scheme}://127.0.0.1:{server.stdout.readline().strip()}",
            "AWS_ACCESS_KEY_ID": "benchmark",
            "AWS_SECRET_ACCESS_KEY": "benchmark",
            "AWS_DEFAULT_REGION": "us-east-1",
            "LINEGATE_BUCKET": "bucket",
        }
        clients.s3.cache_clear()
        clients._session.cache_clear()
        try:
            key = FileKey("account", "01JD0000000000000000000000")
            size = path.stat().st_size
            yield FileRecord(key, Status.UPLOADED, path.name, "batch", size, 0, 0, 3_600)
        finally:
            server.terminate()


def read_plainly(record: FileRecord) -> None:
    answer = clients.s3().get_object(Bucket=settings.bucket(), Key=record.object_key)
    while answer["Body"].read(READ_BYTES):
        pass


def check(record: FileRecord) -> None:
    with open_stream(record) as body:
        verdict = validate(body, record.purpose, BIG_FILE, lambda: time.time_ns() // 1_000_000)
    if not verdict.report.valid or verdict.report.bytes != record.bytes:
        raise SystemExit(f"{record.filename} was not read and found valid: {verdict.report}")


def compare(shape: str, mb_per_s: float, runs: int) -> Ratio:
    with object_at(shape_path(shape), mb_per_s) as record:
        read_plainly(record)
        plain, checked = [], []
        for _ in range(runs):
            plain.append(_seconds(read_plainly, record))
            checked.append(_seconds(check, record))
    return Ratio(shape, mb_per_s, median(plain), median(checked))


def _seconds(work: Callable[[FileRecord], None], record: FileRecord) -> float:
    started = time.perf_counter()
    work(record)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--shapes", default="ABCD", help="which files (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="of each (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="for programs")
    asked = parser.parse_args()
    ratios = []
    for mb_per_s in (LAMBDA_MB_PER_S, 0.0):
        for shape in asked.shapes:
            ratio = compare(shape, mb_per_s, asked.runs)
            ratios.append(ratio)
            if not asked.json:
                held = f"held to {mb_per_s:.0f} MB/s" if mb_per_s else "not held"
                goal = f"   goal: at most {GOAL}" if mb_per_s else ""
                print(
                    f"{shape}  {held:18} GET {ratio.plain_s:6.2f} s"
                    f"   finalize {ratio.finalize_s:6.2f} s   {ratio.times:5.2f} x{goal}",
                    flush=True,
                )
    if asked.json:
        print(json.dumps([asdict(ratio) | {"times": ratio.times} for ratio in ratios]))


if __name__ == "__main__":
    main()
