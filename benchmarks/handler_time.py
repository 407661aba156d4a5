"""A handler's own CPU time for each request, apart from its calls to AWS; and long lists by short.

    python -m benchmarks.handler_time [--runs 30] [--files 100000] [--json]

The requests are those that docgen/request_costs.py counts, on moto in this process: `own` is CPU
time outside of calls, `calls` that of botocore in them, without moto. The requests take turns in
random order; medians. Of the list, a page of 20 of an account with `files` files, at places spread
over all of them, is divided by the page of an account with 100.
"""

import argparse
import io
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from functools import partial
from logging import StreamHandler
from statistics import median
from typing import Any

import pytest
from botocore.client import BaseClient
from moto.core.botocore_stubber import BotocoreStubber

from lambdas.domain.keys import FileKey
from lambdas.observability import logger
from tests.integration.conftest import empty_again, empty_stores, set_environment
from tests.integration.lines import requests
from tests.integration.scenarios import SCENARIOS
from tests.integration.service import Service
from tests.integration.test_listing_cost import put_all, record

PLACES = 25
SHORT, LONG = "short", "long"
SHORT_FILES = 100


@dataclass(frozen=True)
class Spent:
    """Milliseconds of CPU time: the handler's own, and botocore's in its calls."""

    own: float
    calls: float


@dataclass(frozen=True)
class Ratio:
    """A page of the long list by one of the short, and the same for the short one's own halves."""

    files: int
    page_ms: float
    ratio: float
    noise: float


class Stopwatch:
    """CPU time spent in calls to AWS and, within those, in moto. Not for threads."""

    def __init__(self) -> None:
        self.calls = self.moto = 0.0

    def measure(self, act: Callable[[], Any]) -> Spent:
        self.calls = self.moto = 0.0
        began = time.process_time()
        act()
        whole = time.process_time() - began
        return Spent((whole - self.calls) * 1_000, (self.calls - self.moto) * 1_000)


@contextmanager
def watched() -> Iterator[Stopwatch]:
    watch = Stopwatch()
    call: Any = vars(BaseClient)["_make_api_call"]
    answer: Any = BotocoreStubber.__call__

    def timed_call(client: Any, *arguments: Any) -> Any:
        began = time.process_time()
        try:
            return call(client, *arguments)
        finally:
            watch.calls += time.process_time() - began

    def timed_answer(stubber: Any, *arguments: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return answer(stubber, *arguments, **named)
        finally:
            watch.moto += time.process_time() - began

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", timed_call)
        patch.setattr(BotocoreStubber, "__call__", timed_answer)
        yield watch


@contextmanager
def service() -> Iterator[None]:
    """moto with the service's stores; what the functions log is written to memory."""
    with pytest.MonkeyPatch.context() as patch:
        set_environment(patch)
        with redirect_stdout(io.StringIO()), empty_stores():
            handler = logger.registered_handler
            assert isinstance(handler, StreamHandler)
            stream = handler.setStream(io.StringIO())
            try:
                yield
            finally:
                handler.setStream(stream)


def handler_times(runs: int) -> dict[str, Spent]:
    """By the names of rows, in their order."""
    taken: dict[str, list[Spent]] = {name: [] for name in SCENARIOS}
    names = [*SCENARIOS]
    with service(), watched() as watch:
        for turn in range(runs + 1):
            random.shuffle(names)
            for name in names:
                empty_again()
                own = Service()
                own.create_file(requests(1))
                spent = watch.measure(SCENARIOS[name](own))
                if turn:  # the first imports what is imported late
                    taken[name].append(spent)
    return {
        name: Spent(median(each.own for each in some), median(each.calls for each in some))
        for name, some in taken.items()
    }


def listing_ratio(files: int) -> Ratio:
    """Own time and botocore's of pages of 20, in turns."""
    with service(), watched() as watch:
        for account, count in ((SHORT, SHORT_FILES), (LONG, files)):
            put_all(record(n, key=FileKey(account, record(n).key.ulid)) for n in range(count))
        taken: dict[str, list[float]] = {SHORT: [], LONG: []}
        for place in range(PLACES + 1):
            for account, count in ((SHORT, SHORT_FILES), (LONG, files)):
                first = place * (count - 30) // PLACES
                after = f"file-{record(first).key.ulid}"
                own = Service(account)
                spent = watch.measure(partial(page, own, after))
                if place:
                    taken[account].append(spent.own + spent.calls)
    short, long = median(taken[SHORT]), median(taken[LONG])
    noise = median(taken[SHORT][::2]) / median(taken[SHORT][1::2])
    return Ratio(files, long, long / short, noise)


def page(own: Service, after: str) -> None:
    answer = own.get(f"/files?after={after}").json
    if len(answer["data"]) != 20 or not answer["has_more"]:
        raise SystemExit(f"no full page after {after}: {len(answer['data'])} files")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=30, help="of each, default %(default)s")
    parser.add_argument("--files", type=int, default=100_000, help="of the long list")
    parser.add_argument("--json", action="store_true", help="for programs")
    asked = parser.parse_args()
    times = handler_times(asked.runs)
    ratio = listing_ratio(asked.files)
    if asked.json:
        rows = {name: asdict(spent) for name, spent in times.items()}
        json.dump({"handlers": rows, "listing": asdict(ratio)}, sys.stdout, indent=1)
        return
    print("| request or event | own CPU (ms) | botocore's in its calls (ms) |")
    print("|---|---:|---:|")
    for name, spent in times.items():
        print(f"| {name} | {spent.own:.2f} | {spent.calls:.2f} |")
    print(
        f"a page of {ratio.files:,} files takes {ratio.page_ms:.2f} ms, {ratio.ratio:.2f} times "
        f"a page of {SHORT_FILES} (noise {ratio.noise:.2f})"
    )


if __name__ == "__main__":
    main()
