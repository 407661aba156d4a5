"""Cold starts: each function's import and first call, from the bundle that is deployed.

    python -m benchmarks.cold_start [--runs 30] [--bundle name=folder …] [--python 3.13] [--json]

Every sample is a process of its own, with the bundle alone on its path, that imports a handler and
answers one event; AWS is a stub on loopback. The subjects take turns in random order, and what is
reported are medians above `bare`, the interpreter with nothing imported. CPU time is the figure to
compare, because other load on the machine changes it less; wall-clock time is beside it. With
`--bundle before=…` another bundle, made by infra/bundling.py of an earlier version, is measured in
the same run. Lambda's own part of a cold start (placing the code, starting the runtime) is not in
it.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.cold.aws_stub import (
    BEARER,
    BUCKET,
    CONTENT,
    FILES_TABLE,
    KEYS_TABLE,
    RECORD,
    serving,
)
from infra import bundling
from infra.config import Config
from tests.integration.recorded import created, recorded, removed
from tests.integration.service import Form, Service

PROBE = Path(__file__).with_name("cold") / "probe.py"
CONVENTIONAL = Path(__file__).with_name("cold") / "conventional.py"

GOALS_MS = {"files": 330, "uploads": 330, "authorizer": 200, "finalizer": 280}


@dataclass(frozen=True)
class Subject:
    bundle: str
    module: str
    function: str


@dataclass(frozen=True)
class Sample:
    """In milliseconds. `runtime_ms` is the CPU time of the interpreter before anything of ours."""

    runtime_ms: float
    cpu_ms: float
    import_ms: float
    call_ms: float


def events() -> dict[str, Any]:
    """A first request of each function: what it does most, through all the clients it has."""
    service = Service()
    form = Form().text("purpose", "batch").file(CONTENT)
    new = json.dumps({"filename": "in.jsonl", "purpose": "batch", "bytes": 200 << 20}).encode()
    authorizer = recorded("request_authorizer")
    for name in ("headers", "multiValueHeaders"):
        bearer = f"Bearer {BEARER}"
        authorizer[name]["Authorization"] = [bearer] if name.startswith("multi") else bearer
    return {
        "bare": {},
        "files": service.event("POST", "/files", form.body, form.content_type)[0],
        "uploads": service.event("POST", "/uploads", new, "application/json")[0],
        "authorizer": authorizer,
        "finalizer": created(RECORD.object_key),
        "reaper": removed(RECORD),
        "reconciler": {"scheduled": True},
        "conventional": service.event("POST", "/files", form.body, form.content_type)[0],
    }


def environment(endpoint: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": "cold",
        "LINEGATE_FILES_TABLE": FILES_TABLE,
        "LINEGATE_KEYS_TABLE": KEYS_TABLE,
        "LINEGATE_BUCKET": BUCKET,
        "LINEGATE_FINALIZER_QUEUE_URL": f"{endpoint}/queue",
        "LINEGATE_STACK_NAME": "Linegate",
        "POWERTOOLS_SERVICE_NAME": "cold",
        "POWERTOOLS_METRICS_NAMESPACE": "Linegate",
    }


def sample(
    interpreter: str, bundle: Path, module: str, event: Path, env: Mapping[str, str]
) -> Sample:
    command = [interpreter, "-B", "-E", "-s", str(PROBE), str(bundle), module, str(event)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{module} from {bundle}: {done.stderr}")
    return Sample(**json.loads(done.stderr[done.stderr.rindex("{") :]))


def measure(
    interpreter: str, bundles: Mapping[str, Path], functions: list[str], runs: int
) -> dict[Subject, list[Sample]]:
    """All subjects, each `runs` times, in turns of random order; `bare` once a turn."""
    subjects = [
        Subject(name, f"lambdas.handlers.{function}", function)
        for name in bundles
        for function in functions
    ]
    first = next(iter(bundles))
    subjects += [Subject(first, "bare", "bare"), Subject(first, "conventional", "conventional")]
    samples: dict[Subject, list[Sample]] = {subject: [] for subject in subjects}
    with serving() as endpoint, tempfile.TemporaryDirectory() as room:
        paths = {}
        for function, event in events().items():
            paths[function] = Path(room) / f"{function}.json"
            paths[function].write_text(json.dumps(event))
        env = environment(endpoint)
        for turn in range(runs + 1):
            random.shuffle(subjects)
            for one in subjects:
                taken = sample(
                    interpreter, bundles[one.bundle], one.module, paths[one.function], env
                )
                if turn:  # the first warms the file cache
                    samples[one].append(taken)
    return samples


def report(samples: Mapping[Subject, list[Sample]]) -> list[dict[str, Any]]:
    """Medians in milliseconds, one row a subject."""
    rows = []
    for subject, taken in samples.items():
        bare = subject.module == "bare"
        rows.append(
            {
                "bundle": "" if subject.module in ("bare", "conventional") else subject.bundle,
                "function": subject.function,
                "cpu_ms": median(one.runtime_ms if bare else one.cpu_ms for one in taken),
                "wall_ms": median(one.import_ms + one.call_ms for one in taken),
                "import_ms": median(one.import_ms for one in taken),
                "call_ms": median(one.call_ms for one in taken),
                "goal_ms": GOALS_MS.get(subject.function),
            }
        )
    return sorted(rows, key=lambda row: (row["function"], row["bundle"]))


def main() -> None:
    parser = argparse.ArgumentParser(description="Cold starts from the deployed bundle.")
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--bundle", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--python", default=Config().python_version)
    parser.add_argument("--functions", default="files,uploads,authorizer,finalizer,reaper")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    interpreter = bundling.interpreter(options.python)
    if interpreter is None:
        raise SystemExit(f"Python {options.python} is not installed here: give another --python")
    with tempfile.TemporaryDirectory() as room:
        own = Path(room) / "bundle"
        own.mkdir()
        bundling.build("host", options.python, own)
        (own / "conventional.py").write_bytes(CONVENTIONAL.read_bytes())
        subprocess.run([interpreter, "-m", "compileall", "-q", "-l", str(own)], check=True)
        bundles = {"now": own}
        for given in options.bundle:
            name, _, folder = given.partition("=")
            bundles[name] = Path(folder)
        rows = report(measure(interpreter, bundles, options.functions.split(","), options.runs))
    if options.json:
        json.dump(rows, sys.stdout, indent=1)
        return
    print(f"Python {options.python}, {options.runs} processes each, medians above bare, in ms")
    print("| function | bundle | CPU | wall | of it import | of it first call | goal |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for row in rows:
        numbers = [f"{row[name]:.0f}" for name in ("cpu_ms", "wall_ms", "import_ms", "call_ms")]
        goal = row["goal_ms"] or ""
        print(f"| {row['function']} | {row['bundle']} | {' | '.join(numbers)} | {goal} |")


if __name__ == "__main__":
    main()
