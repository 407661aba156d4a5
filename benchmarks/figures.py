"""Run the benchmarks and keep their figures, from which `make docs` writes docs/numbers.md.

    python -m benchmarks.figures [--only cold_start,load] [--rivals FOLDER] [--before FOLDER]

Each section is one command, kept in benchmarks/figures.json with its result, its date, the commit,
the machine and its load, so that one can be measured again without the others. Sections that ask
the local stack are left as they were where none is up (make up), and so is the comparison without
the folder of the rivals' environments (benchmarks/side_by_side.py). `--before` is the folder of
another bundle, made by infra/bundling.py of an earlier version, measured beside.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import stack as local_stack

FIGURES = Path(__file__).with_name("figures.json")
RIVALS, BEFORE = "RIVALS", "before=BEFORE"
"""In a command: where the folders of the rivals' environments and of an earlier bundle stand."""

COMMANDS: Mapping[str, str] = {
    "cold_start": f"benchmarks.cold_start --runs 10 --bundle {BEFORE}",
    "handler_time": "benchmarks.handler_time --runs 10",
    "check": "benchmarks.check --runs 3",
    "finalize": "benchmarks.finalize --shapes AB --runs 3",
    "memory_price": "benchmarks.memory_price --shapes AB --runs 1",
    "transfers": "benchmarks.transfers --runs 3",
    "load": "benchmarks.load --seconds 15",
    "side_by_side": f"benchmarks.side_by_side {RIVALS} --runs 1",
}
NEED_STACK = {"transfers", "load", "side_by_side"}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default=",".join(COMMANDS), help="sections, separated by commas")
    parser.add_argument("--rivals", type=Path, help="folder with the rivals' environments")
    parser.add_argument("--before", type=Path, help="folder of an earlier version's bundle")
    asked = parser.parse_args()
    wanted = asked.only.split(",")
    if unknown := set(wanted) - set(COMMANDS):
        raise SystemExit(f"no section {sorted(unknown)}; there are: {', '.join(COMMANDS)}")
    stack = local_stack.last()
    running = stack is not None and stack.running
    for name in wanted:
        if name in NEED_STACK and not running:
            print(f"{name}: left as it was, no local stack is up (make up)")
        elif RIVALS in COMMANDS[name] and asked.rivals is None:
            print(f"{name}: left as it was, no --rivals are given")
        else:
            print(f"{name}: measuring …", flush=True)
            keep(name, section(COMMANDS[name], asked.rivals, asked.before))
    print("now write the page: make docs")


def section(command: str, rivals: Path | None, before: Path | None) -> dict[str, Any]:
    """What one command measured, and when and where."""
    if before is None:
        command = command.replace(f" --bundle {BEFORE}", "")
    words = command.replace(BEFORE, f"before={before}").split()
    words = [str(rivals) if word == RIVALS else word for word in words]
    load = os.getloadavg()[0]
    ran = subprocess.run(
        [sys.executable, "-m", *words, "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    if ran.returncode:
        raise SystemExit(f"{command} failed")
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    return {
        "command": f"python -m {command}",
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": commit.stdout.strip(),
        "machine": machine(),
        "load": load,
        "figures": json.loads(ran.stdout),
    }


def machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    return f"{os.cpu_count()} cores, {model}, Python {platform.python_version()}"


def keep(name: str, told: dict[str, Any]) -> None:
    every = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    every[name] = told
    ordered = {each: every[each] for each in COMMANDS if each in every}
    FIGURES.write_text(json.dumps(ordered, indent=1) + "\n")


if __name__ == "__main__":
    main()
