"""Time what must not be told apart: another's file and none, a wrong secret and an unknown key.

    python -m benchmarks.tenancy [--rounds 200]

Asks the local stack (make up) over HTTP. Each round sends every variant once, in a random order, so
that what disturbs the machine disturbs them alike. `first` and `second` of a row are the medians of
the two; `noise` is the ratio of the medians of the first's own halves, even rounds and odd: a ratio
that is no further from 1 than that says nothing. The emulator is not AWS: it shows that the service
does the same work for both, not what the network or DynamoDB adds.
"""

import argparse
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import httpx

from benchmarks.local_account import account_client, account_key
from local import stack as local_stack
from local.emulator import aws_environment
from local.stack import Stack

MISSING = "01JZZZZZZZZZZZZZZZZZZZZZZZ"
LINE = (
    b'{"custom_id":"1","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"x"}}\n'
)

Ask = Callable[[], httpx.Response]


@dataclass(frozen=True)
class Pair:
    """Two requests that must not be told apart, and the status that both have."""

    what: str
    first: Ask
    second: Ask
    status: int


@dataclass(frozen=True)
class Timed:
    pair: Pair
    first_ms: float
    second_ms: float
    ratio: float
    noise: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Time what must not be told apart.")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    stack = local_stack.last()
    if stack is None or not stack.running:
        raise SystemExit("no local stack is running: make up")
    os.environ.update(aws_environment(stack.port) | {"LINEGATE_KEYS_TABLE": stack.keys_table})
    print(f"| {'variants':50} | first ms | second ms | ratio | noise |")
    print(f"|{'-' * 52}|---------:|----------:|------:|------:|")
    for timed in measure(pairs(stack), options.rounds):
        print(
            f"| {timed.pair.what:50} | {timed.first_ms:8.2f} | {timed.second_ms:9.2f} "
            f"| {timed.ratio:5.3f} | {timed.noise:5.3f} |"
        )


def pairs(stack: Stack) -> list[Pair]:
    owner, stranger = (account_client(stack, f"bench-{name}") for name in ("owner", "stranger"))
    form = {"file": ("a.jsonl", LINE)}
    file = owner.post("/files", data={"purpose": "batch"}, files=form).json()["id"][5:]
    new = {"filename": "a.jsonl", "purpose": "batch", "bytes": 1_000}
    upload = owner.post("/uploads", json=new).json()["id"][7:]
    known = account_key("bench-owner").split("_")[1]
    return [
        _missing_or_anothers(stranger, "GET", "/files/file-{}", file),
        _missing_or_anothers(stranger, "GET", "/files/file-{}/content", file),
        _missing_or_anothers(stranger, "GET", "/files/file-{}/validation", file),
        _missing_or_anothers(stranger, "DELETE", "/files/file-{}", file),
        _missing_or_anothers(stranger, "GET", "/uploads/upload-{}", upload),
        _missing_or_anothers(stranger, "POST", "/uploads/upload-{}/complete", upload),
        _missing_or_anothers(stranger, "POST", "/uploads/upload-{}/cancel", upload),
        Pair(
            "key: no such id, wrong secret",
            lambda: _with_wrong_key(stack, _random("abcdefghijklmnopqrstuvwxyz", 16)),
            lambda: _with_wrong_key(stack, known),
            401,
        ),
    ]


def measure(compared: list[Pair], rounds: int) -> list[Timed]:
    """Every variant once a round; the first round warms up and is not counted. Checks statuses."""
    taken: dict[tuple[int, int], list[float]] = {}
    for number in range(rounds + 1):
        turns = [(index, which) for index in range(len(compared)) for which in (0, 1)]
        random.shuffle(turns)
        for index, which in turns:
            pair = compared[index]
            began = time.perf_counter()
            answer = (pair.first, pair.second)[which]()
            elapsed_ms = (time.perf_counter() - began) * 1_000
            if answer.status_code != pair.status:
                raise SystemExit(f"{pair.what}: {answer.status_code} {answer.text}")
            if number:
                taken.setdefault((index, which), []).append(elapsed_ms)
    return [_time(pair, taken[index, 0], taken[index, 1]) for index, pair in enumerate(compared)]


def _time(pair: Pair, first: list[float], second: list[float]) -> Timed:
    first_ms, second_ms = median(first), median(second)
    noise = median(first[::2]) / median(first[1::2])
    return Timed(pair, first_ms, second_ms, second_ms / first_ms, noise)


def _missing_or_anothers(stranger: httpx.Client, method: str, path: str, ulid: str) -> Pair:
    return Pair(
        f"{method} {path.format('…')}: missing, another's",
        lambda: stranger.request(method, path.format(MISSING)),
        lambda: stranger.request(method, path.format(ulid)),
        404,
    )


def _with_wrong_key(stack: Stack, key_id: str) -> httpx.Response:
    """A different secret each time, because the gateway caches its authorizer's answers."""
    header = f"Bearer lg_{key_id}_{_random('ABCDEFGHIJKLMNOPQRSTUVWXYZ', 43)}"
    return _wrong.get(f"{stack.base_url}/files", headers={"Authorization": header})


_wrong = httpx.Client(timeout=30)


def _random(alphabet: str, length: int) -> str:
    return "".join(random.choices(alphabet, k=length))


if __name__ == "__main__":
    main()
