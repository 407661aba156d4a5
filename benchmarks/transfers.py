"""One file by every client of Linegate, beside boto3's upload_file and `aws s3 cp` of it.

    python -m benchmarks.transfers [PATH] [--mib 200] [--runs 3] [--json]

Each run is a process of its own, against the stack that is up (make up); boto3 and aws send to the
same emulator's S3. The contestants take turns, in another order each time, and every figure is a
median over the runs: of seconds, and of the ratio to boto3's in the same turn. `call` is the call
alone, as a program sees it; `process` is all of the process, as a person at a terminal waits for
it, and compared with a process that imports boto3 and calls upload_file. Sending ends when the
bytes are in, as upload_file does; `+ verdict` also waits until the service has checked every line.
The command line's `+ check` includes the check on this side.

Where `.local/awscli/bin/aws` or aws in the path is missing, its row is, too.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
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
from tests.contract.client.relay import RunningRelay, relay_to
from tests.contract.lines import request_line

SCRIPTS = ROOT / "tests" / "contract" / "client"
NODE_SDK = ROOT / ".local" / "openai-node"
NODE = Path(sys.executable).with_name("node")
AWS = ROOT / ".local" / "awscli" / "bin" / "aws"
MIB = 1 << 20
GOAL_RATIO = 1.2
BOTO3 = "boto3 upload_file"
KEY = "benchmark/large.jsonl"

UPLOAD_FILE = f"""
import json, sys, time, boto3
path, bucket = sys.argv[1:]
s3 = boto3.client("s3")
began_at = time.perf_counter()
s3.upload_file(path, bucket, "{KEY}")
print(json.dumps({{"seconds": time.perf_counter() - began_at}}))
"""


@dataclass(frozen=True)
class Contestant:
    """A command that sends one file. It prints JSON: its own `seconds`, or the file it made."""

    command: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Run:
    call_s: float | None
    process_s: float
    peak_bytes: int | None
    file_id: str | None


@dataclass(frozen=True)
class Row:
    name: str
    call_s: float | None
    call_ratio: float | None
    process_s: float
    process_ratio: float
    peak_mib: float | None


def main() -> int:
    options = parse_arguments()
    stack = local_stack.last()
    if stack is None or not stack.running:
        print("No stack is up: make up", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, relay_to(stack.base_url) as relay:
        path = options.path or write_valid_file(Path(folder) / "large.jsonl", options.mib * MIB)
        try:
            rows = measure(stack, relay, path, options.runs)
        finally:
            delete_copy(stack)
        size = path.stat().st_size
        relay_mib = relay.peak_bytes() / MIB if Path("/proc/self/status").exists() else None
    if options.json:
        print(json.dumps([asdict(row) for row in rows]))
        return 0
    print(f"{size:,} bytes, medians of {options.runs} runs, × boto3 in the same turn")
    print(f"{'':32} {'call':>8} {'':>7} {'process':>8} {'':>7} {'peak':>10}")
    for row in rows:
        call = (_seconds(row.call_s), _ratio(row.call_ratio))
        process = (_seconds(row.process_s), _ratio(row.process_ratio))
        peak = "" if row.peak_mib is None else f"+{row.peak_mib:.0f} MiB"
        print(f"{row.name:32}", *call, *process, f"{peak:>10}")
    if relay_mib is not None:
        print(f"Peak memory of the relay, all in all: {relay_mib:.0f} MiB.")
    print(f"Goal: sending takes at most {GOAL_RATIO} × boto3's time.")
    return 0


def _seconds(value: float | None) -> str:
    return " " * 8 if value is None else f"{value:6.2f} s"


def _ratio(value: float | None) -> str:
    return " " * 7 if value is None else f"{value:5.2f} ×"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--mib", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def write_valid_file(path: Path, size: int) -> Path:
    """A valid batch file of exactly that size, in lines of about 5 KB."""
    left = size
    with path.open("wb") as file:
        for number in range(size):
            if left < 10_000:
                break
            left -= file.write(request_line(f"request-{number:06}", "x" * 5_000))
        file.write(request_line("last", "x" * (left - len(request_line("last", "")))))
    return path


def contestants(stack: Stack, relay: RunningRelay, path: Path) -> dict[str, Contestant]:
    ours = {
        "LINEGATE_BASE_URL": stack.base_url,
        "LINEGATE_API_KEY": stack.api_key,
        "LINEGATE_MODULE": (ROOT / "client" / "node" / "index.mjs").as_uri(),
        "PYTHONPATH": str(ROOT / "client" / "src"),
    }
    to_s3 = aws_environment(stack.port)
    own_boto3 = (sys.executable, "-c", UPLOAD_FILE, str(path), stack.bucket)
    found = {BOTO3: Contestant(own_boto3, to_s3)}
    aws = AWS if AWS.exists() else shutil.which("aws")
    if aws:
        copy = ("s3", "cp", "--no-progress", str(path), f"s3://{stack.bucket}/{KEY}")
        found["aws s3 cp"] = Contestant((str(aws), *copy), to_s3)

    upload = (sys.executable, "-m", "linegate", "upload", str(path), "--json")
    found["linegate upload"] = Contestant((*upload, "--no-check", "--no-wait"), ours)
    found["linegate upload + check, verdict"] = Contestant(upload, ours)

    scripts = {"openai, drop-in": ("sync",), "openai async, drop-in": ("async",)}
    commands = {
        name: (sys.executable, str(SCRIPTS / "create_file.py"), *mode)
        for name, mode in scripts.items()
    }
    if (NODE_SDK / "node_modules").exists():  # the contract tests install it
        script = NODE_SDK / "create_file.mjs"
        script.write_bytes((SCRIPTS / "node" / "create_file.mjs").read_bytes())
        commands["openai-node, drop-in"] = (str(NODE), str(script), "blob")
    for name, command in commands.items():
        for suffix, wait_s in (("", "0"), (" + verdict", "600")):
            whole = (*command, stack.base_url, str(path), wait_s)
            found[name + suffix] = Contestant(whole, ours)

    form = ("-F", "purpose=batch", "-F", f"file=@{path}")
    key = ("-H", f"Authorization: Bearer {stack.api_key}")
    found["curl, relay + verdict"] = Contestant(
        ("curl", "-s", f"{relay.url}/files", *key, *form), {}
    )
    return found


def measure(stack: Stack, relay: RunningRelay, path: Path, runs: int) -> list[Row]:
    everybody = contestants(stack, relay, path)
    turns: list[dict[str, Run]] = []
    for turn in range(runs):
        names = list(everybody)
        names = names[turn % len(names) :] + names[: turn % len(names)]
        turns.append({name: run(everybody[name], stack) for name in names})
    return [_row(name, turns) for name in everybody]


def _row(name: str, turns: list[dict[str, Run]]) -> Row:
    pairs = [(turn[name], turn[BOTO3]) for turn in turns]
    calls = [(own.call_s, base.call_s) for own, base in pairs if own.call_s and base.call_s]
    peaks = [own.peak_bytes / MIB for own, _ in pairs if own.peak_bytes is not None]
    return Row(
        name,
        median(own for own, _ in calls) if calls else None,
        median(own / base for own, base in calls) if calls else None,
        median(own.process_s for own, _ in pairs),
        median(own.process_s / base.process_s for own, base in pairs),
        median(peaks) if peaks else None,
    )


def run(contestant: Contestant, stack: Stack) -> Run:
    """One upload. What it made is deleted again, before the next one is timed."""
    began_at = time.perf_counter()
    ran = subprocess.run(
        contestant.command,
        env=os.environ | contestant.environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    process_s = time.perf_counter() - began_at
    try:
        found: Any = json.loads(ran.stdout)
    except ValueError:
        found = {}  # aws prints what it copied
    file_id = found.get("file", found).get("id")
    if file_id:
        headers = {"authorization": f"Bearer {stack.api_key}"}
        httpx.delete(f"{stack.base_url}/files/{file_id}", headers=headers, timeout=60)
    return Run(found.get("seconds"), process_s, found.get("peak_bytes"), file_id)


def delete_copy(stack: Stack) -> None:
    """What boto3 and aws sent: all of them to the same key."""
    environment = aws_environment(stack.port)
    s3 = boto3.client(
        "s3",
        endpoint_url=stack.endpoint_url,
        region_name=stack.region,
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    s3.delete_object(Bucket=stack.bucket, Key=KEY)


if __name__ == "__main__":
    sys.exit(main())
