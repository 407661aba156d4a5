"""What the one line costs: `files.create` of a large file beside boto3's own upload of it.

    python -m benchmarks.client [PATH] [--mib 200] [--runs 3] [--json]

The same script, each run in a process of its own, against the stack that is up (make up), beside
boto3's upload_file to the same emulator. The runs take turns; medians of wall-clock seconds, of
the ratio to boto3 in the same turn, and of how far peak memory rose. `create` ends when the bytes
are in, as upload_file does; `+ verdict` also waits until the service has checked every line.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import boto3
import httpx

from local import stack as local_stack
from local.emulator import aws_environment
from local.layout import ROOT
from local.stack import Stack
from tests.contract.lines import request_line

SCRIPTS = ROOT / "tests" / "contract" / "client"
NODE_SDK = ROOT / ".local" / "openai-node"
NODE = Path(sys.executable).with_name("node")
MIB = 1 << 20
GOAL_RATIO, GOAL_PEAK_BYTES = 1.2, 100 * MIB


@dataclass(frozen=True)
class Row:
    name: str
    seconds: float
    ratio: float
    peak_mib: float | None


def main() -> int:
    options = parse_arguments()
    stack = local_stack.last()
    if stack is None or not stack.running:
        print("No stack is up: make up", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        path = options.path or valid_file(Path(folder) / "large.jsonl", options.mib * MIB)
        rows = measure(stack, path, options.runs)
    if options.json:
        print(json.dumps([asdict(row) for row in rows]))
        return 0
    print(
        f"{path.stat().st_size if options.path else options.mib * MIB:,} bytes, {options.runs} runs"
    )
    for row in rows:
        peak = "" if row.peak_mib is None else f"{row.peak_mib:7.1f} MiB"
        print(f"{row.name:24} {row.seconds:6.2f} s {row.ratio:6.2f} x {peak}")
    print(f"Goals: {GOAL_RATIO} x for create, {GOAL_PEAK_BYTES // MIB} MiB.")
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--mib", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def valid_file(path: Path, size: int) -> Path:
    """A valid batch file of exactly that size, in lines of about 5 KB."""
    left = size
    with path.open("wb") as file:
        for number in range(size):
            if left < 10_000:
                break
            left -= file.write(request_line(f"request-{number:06}", "x" * 5_000))
        file.write(request_line("last", "x" * (left - len(request_line("last", "")))))
    return path


def contestants() -> dict[str, tuple[str, ...]]:
    """The command lines without base URL and file."""
    create = (sys.executable, str(SCRIPTS / "create_file.py"))
    found: dict[str, tuple[str, ...]] = {
        "python sync": (*create, "sync"),
        "python async": (*create, "async"),
    }
    if (NODE_SDK / "node_modules").exists():  # the contract tests install it
        script = NODE_SDK / "create_file.mjs"
        script.write_bytes((SCRIPTS / "node" / "create_file.mjs").read_bytes())
        found["node, stream"] = (str(NODE), str(script), "stream")
        found["node, blob"] = (str(NODE), str(script), "blob")
    return found


def measure(stack: Stack, path: Path, runs: int) -> list[Row]:
    seconds: dict[str, list[float]] = {}
    ratios: dict[str, list[float]] = {}
    peaks: dict[str, list[float]] = {}
    for _ in range(runs):
        plain_s = boto3_seconds(stack, path)
        seconds.setdefault("boto3 upload_file", []).append(plain_s)
        for name, command in contestants().items():
            for suffix, wait_s in (("", "0"), (" + verdict", "600")):
                found = create_file(stack, [*command, stack.base_url, str(path), wait_s])
                seconds.setdefault(name + suffix, []).append(found["seconds"])
                ratios.setdefault(name + suffix, []).append(found["seconds"] / plain_s)
                peaks.setdefault(name + suffix, []).append(found["peak_bytes"] / MIB)
    return [
        Row(
            name,
            median(took),
            median(ratios.get(name, [1.0])),
            median(peaks[name]) if name in peaks else None,
        )
        for name, took in seconds.items()
    ]


def boto3_seconds(stack: Stack, path: Path) -> float:
    environment = aws_environment(stack.port)
    s3 = boto3.client(
        "s3",
        endpoint_url=stack.endpoint_url,
        region_name=stack.region,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    key = "benchmark/large.jsonl"
    began_at = time.perf_counter()
    s3.upload_file(str(path), stack.bucket, key)
    took_s = time.perf_counter() - began_at
    s3.delete_object(Bucket=stack.bucket, Key=key)
    return took_s


def create_file(stack: Stack, command: list[str]) -> Any:
    """What the script printed. The file is deleted again."""
    environment = {
        **os.environ,
        "LINEGATE_API_KEY": stack.api_key,
        "LINEGATE_MODULE": (ROOT / "client" / "node" / "index.mjs").as_uri(),
        "PYTHONPATH": str(ROOT / "client" / "src"),
    }
    ran = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(ran.stdout)
    headers = {"authorization": f"Bearer {stack.api_key}"}
    httpx.delete(f"{stack.base_url}/files/{found['file']['id']}", headers=headers)
    return found


if __name__ == "__main__":
    sys.exit(main())
