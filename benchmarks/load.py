"""Concurrent clients on the local stack: percentiles and errors by route, and what saturates.

    make up ARGS="-c throttle_rate=10000 -c throttle_burst=5000"
    python -m benchmarks.load [--clients 1,4,16,48] [--seconds 15] [--json]

Each level runs for `seconds`, after as many that warm up and are not counted: the emulator starts
a process for each function that runs at the same time, as Lambda does, and keeps it. Each client
asks again as soon as it is answered, in a fixed mix of requests, with an account for every eight
clients, and repeats nothing. Beside the latencies stands the CPU time of the emulator, of the
functions (its child processes) and of the clients: where one process is at a core, or all together
at what the machine has, that is what saturates. The gateway's throttle is set out of the way.

Threads and httpx, not locust: what saturates is told by CPU time by process, which locust does not
read, and it would be an environment of its own for a mix of eight requests.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx

from benchmarks.local_account import account_client
from benchmarks.processes import TICKS_A_SECOND, Processes
from local import stack as local_stack
from local.emulator import aws_environment
from local.stack import Stack

LINE = (
    b'{"custom_id":"1","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"x"}}\n'
)
CLIENTS_AN_ACCOUNT = 8
MOST_REQUESTS = 20_000
"""Of a level: then it ends, however much time is left."""

CREATE, LIST, RETRIEVE, CONTENT, DELETE, UPLOAD = (
    "POST /files",
    "GET /files",
    "GET /files/{id}",
    "GET /files/{id}/content",
    "DELETE /files/{id}",
    "POST /uploads",
)
MIX = {CREATE: 25, LIST: 20, RETRIEVE: 25, CONTENT: 15, DELETE: 10, UPLOAD: 5}
"""In a hundred. POST /uploads is followed by its part's PUT and by complete."""


@dataclass
class Client:
    """What one thread asks, and what it was answered: (route, status, seconds)."""

    http: httpx.Client
    part_http: httpx.Client
    random: random.Random
    files: list[str] = field(default_factory=list)
    answers: list[tuple[str, int, float]] = field(default_factory=list)

    def ask(self, route: str, method: str, path: str, **sent: Any) -> httpx.Response | None:
        began = time.perf_counter()
        client = self.part_http if path.startswith("http") else self.http
        try:
            answer = client.request(method, path, **sent)
        except httpx.HTTPError:
            self.answers.append((route, 0, time.perf_counter() - began))
            return None
        self.answers.append((route, answer.status_code, time.perf_counter() - began))
        return answer if answer.is_success else None

    def act(self) -> None:
        (route,) = self.random.choices([*MIX], [*MIX.values()])
        if route == LIST:
            self.ask(route, "GET", "/files")
        elif route == UPLOAD:
            self.upload()
        elif route == CREATE or not self.files:
            form = {"file": ("a.jsonl", LINE)}
            if made := self.ask(CREATE, "POST", "/files", data={"purpose": "batch"}, files=form):
                self.files.append(made.json()["id"])
        elif route == DELETE:
            file_id = self.files.pop(self.random.randrange(len(self.files)))
            self.ask(route, "DELETE", f"/files/{file_id}")
        else:
            path = route.removeprefix("GET ").format(id=self.random.choice(self.files))
            self.ask(route, "GET", path)

    def upload(self) -> None:
        new = {"filename": "a.jsonl", "purpose": "batch", "bytes": len(LINE)}
        begun = self.ask(UPLOAD, "POST", "/uploads", json=new)
        if begun is None:
            return
        upload = begun.json()
        (part,) = upload["multipart"]["parts"]
        if self.ask("PUT part", "PUT", part["url"], content=LINE):
            self.ask("POST complete", "POST", f"/uploads/{upload['id']}/complete", json={})


@dataclass(frozen=True)
class Level:
    clients: int
    seconds: float
    cpu: dict[str, float]
    answers: list[tuple[str, int, float]]

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds


def run_level(stack: Stack, clients: int, seconds: float, seed: int) -> Level:
    crowd = [
        Client(
            account_client(stack, f"load-{number // CLIENTS_AN_ACCOUNT}"),
            httpx.Client(timeout=300),
            random.Random(seed + number),
        )
        for number in range(clients)
    ]
    for one in crowd:
        one.http.get("/limits").raise_for_status()  # the key is known, a function is warm
    work_for(crowd, seconds)
    for one in crowd:
        one.answers.clear()
    before, began = cpu_seconds(stack), time.monotonic()
    work_for(crowd, seconds)
    took = time.monotonic() - began
    after = cpu_seconds(stack)
    cpu = {name: (after[name] - before[name]) / took for name in after}
    for one in crowd:
        one.http.close()
        one.part_http.close()
    return Level(clients, took, cpu, [answer for one in crowd for answer in one.answers])


def work_for(crowd: list[Client], seconds: float) -> None:
    ends = time.monotonic() + seconds

    def work(one: Client) -> None:
        while time.monotonic() < ends and len(one.answers) < MOST_REQUESTS // len(crowd):
            one.act()

    with ThreadPoolExecutor(len(crowd)) as pool:
        list(pool.map(work, crowd))


def cpu_seconds(stack: Stack) -> dict[str, float]:
    """Spent so far by the emulator, by the functions it runs, by the clients here, by all."""
    assert stack.pid is not None
    spent = Processes(stack.pid).cpu_seconds()
    machine = sum(map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:4]))
    return {
        "emulator": spent.pop(stack.pid),
        "functions": sum(spent.values()),
        "clients": time.process_time(),
        "machine": machine / TICKS_A_SECOND,
    }


def by_route(level: Level) -> list[dict[str, Any]]:
    """Requests, percentiles in milliseconds and statuses that are no success, by route."""
    rows = []
    for route in dict.fromkeys(route for route, _, _ in sorted(level.answers)):
        taken = sorted(s * 1_000 for name, _, s in level.answers if name == route)
        cut = quantiles(taken, n=100, method="inclusive") if len(taken) > 1 else taken * 99
        failed = Counter(
            str(status) if status else "no answer"
            for name, status, _ in level.answers
            if name == route and not 200 <= status < 400
        )
        rows.append(
            {
                "route": route,
                "requests": len(taken),
                "p50_ms": cut[49],
                "p90_ms": cut[89],
                "p99_ms": cut[98],
                "most_ms": taken[-1],
                "errors": dict(failed),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--clients", default="1,4,16,48", help="levels, default %(default)s")
    parser.add_argument("--seconds", type=float, default=15, help="of each, default %(default)s")
    parser.add_argument("--json", action="store_true", help="for programs")
    asked = parser.parse_args()
    stack = local_stack.last()
    if stack is None or not stack.running:
        raise SystemExit("no local stack is running: make up")
    os.environ.update(aws_environment(stack.port) | {"LINEGATE_KEYS_TABLE": stack.keys_table})
    told = []
    for level_clients in map(int, asked.clients.split(",")):
        level = run_level(stack, level_clients, min(asked.seconds, 120), seed=level_clients)
        told.append(
            {
                "clients": level.clients,
                "rate": level.rate,
                "cpu": level.cpu,
                "routes": by_route(level),
            }
        )
        if not asked.json:
            show(told[-1])
    if asked.json:
        json.dump({"cores": os.cpu_count(), "levels": told}, sys.stdout, indent=1)


def per_cpu(told: dict[str, Any]) -> float:
    """Requests for each second of CPU that emulator and functions spent: not so much the load of
    other programs on the machine changes it as it does the rate."""
    spent: float = told["cpu"]["emulator"] + told["cpu"]["functions"]
    return float(told["rate"]) / spent


def show(told: dict[str, Any]) -> None:
    cpu = ", ".join(f"{name} {cores:.2f}" for name, cores in told["cpu"].items())
    print(
        f"\n{told['clients']} clients, {told['rate']:.0f} requests a second, {per_cpu(told):.0f} "
        f"for each CPU-second of emulator and functions; cores used: {cpu}"
    )
    print("| route | requests | p50 (ms) | p90 | p99 | longest | errors |")
    print("|---|---:|---:|---:|---:|---:|---|")
    for row in told["routes"]:
        times = " | ".join(f"{row[name]:.0f}" for name in ("p50_ms", "p90_ms", "p99_ms", "most_ms"))
        errors = ", ".join(f"{count} x {status}" for status, count in row["errors"].items())
        print(f"| {row['route']} | {row['requests']} | {times} | {errors or 'none'} |")


if __name__ == "__main__":
    main()
