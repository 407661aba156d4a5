"""One account with many clients at work: no request may fail for the others' sake.

    python -m benchmarks.crowd [--files 2000] [--clients 50]

Asks the local stack (make up) over HTTP. `clients` threads create `files` files in one account,
then its listing is timed in turns with the listing of an account that has no files. Exits with 1 if
any response was a 5xx. The emulator is not AWS: it knows no write conflicts (tests/faults models
those) and shares this machine's cores, so the statuses count and the rate says nothing about AWS.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median
from threading import Semaphore, local

import httpx

from benchmarks.local_account import account_client
from lambdas import clients
from lambdas.domain.keys import FILE_PREFIX, PARTITION_KEY, SORT_KEY, account_partition
from local import stack as local_stack
from local.emulator import aws_environment
from local.stack import Stack

LINE = (
    b'{"custom_id":"1","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"x"}}\n'
)
PAGE = 20
STARTING = 4
"""How many clients send their first request at once: a function's process takes a second of a core
to start here, and 50 at once would outlast the gateway's timeout. On AWS they start together."""


def main() -> None:
    parser = argparse.ArgumentParser(description="One account with many clients at work.")
    parser.add_argument("--files", type=int, default=2_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--lists", type=int, default=50, help="listings of each account")
    options = parser.parse_args()
    stack = local_stack.last()
    if stack is None or not stack.running:
        raise SystemExit("no local stack is running: make up")
    os.environ.update(aws_environment(stack.port) | {"LINEGATE_KEYS_TABLE": stack.keys_table})
    statuses, elapsed_s = create_files(stack, options.files, options.clients)
    print(
        f"created {options.files} files with {options.clients} clients in {elapsed_s:.1f} s "
        f"({options.files / elapsed_s:.1f} a second): "
        + ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    )
    took = list_in_turns(stack, options.lists)
    crowded_rest = took["crowded"] - took["crowded's query"]
    empty_rest = took["empty"] - took["empty's query"]
    print(f"a page of {PAGE}, medians of {options.lists}, in ms:")
    print("| account | page | the emulator's own Query of one record | the rest |")
    print("|---|---:|---:|---:|")
    for name, rest in (("crowded", crowded_rest), ("empty", empty_rest)):
        query_ms = took[f"{name}'s query"]
        print(f"| {name} | {took[name]:.1f} | {query_ms:.1f} | {rest:.1f} |")
    print(f"ratio of the rest: {crowded_rest / empty_rest:.2f}")
    if any(status >= 500 for status in statuses):
        raise SystemExit(1)


def create_files(stack: Stack, files: int, clients: int) -> tuple[Counter[int], float]:
    """How often each status was answered, without retries, and the seconds it took."""
    own = local()
    starting = Semaphore(STARTING)

    def create(number: int) -> int:
        form = {"file": (f"{number}.jsonl", LINE)}
        if hasattr(own, "client"):
            return send(form)
        own.client = account_client(stack, "crowded")
        with starting:
            return send(form)

    def send(form: dict[str, tuple[str, bytes]]) -> int:
        answer: httpx.Response = own.client.post("/files", data={"purpose": "batch"}, files=form)
        return answer.status_code

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        statuses = Counter(pool.map(create, range(files)))
    return statuses, time.perf_counter() - began


def list_in_turns(stack: Stack, lists: int) -> dict[str, float]:
    """Median milliseconds: a page of the crowded account, of an empty one, and a Query of each.

    The emulator sorts and tests every item of a partition for each Query, which DynamoDB does not:
    what it takes for one record of the same account is shown apart.
    """
    asked: dict[str, Callable[[], object]] = {}
    for name in ("crowded", "empty"):
        client = account_client(stack, name)
        asked[name] = partial(_list, client)
        asked[f"{name}'s query"] = partial(_query_one, stack, name)
    taken_ms: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(lists + 1):
        for name, ask in asked.items():
            began = time.perf_counter()
            ask()
            if number:  # the first warms up
                taken_ms[name].append((time.perf_counter() - began) * 1_000)
    return {name: median(taken) for name, taken in taken_ms.items()}


def _list(client: httpx.Client) -> None:
    client.get("/files", params={"limit": PAGE}).raise_for_status()


def _query_one(stack: Stack, account: str) -> None:
    clients.dynamodb().query(
        TableName=stack.files_table,
        KeyConditionExpression=f"{PARTITION_KEY} = :account AND begins_with({SORT_KEY}, :files)",
        ExpressionAttributeValues={
            ":account": {"S": account_partition(account)},
            ":files": {"S": FILE_PREFIX},
        },
        Limit=1,
        ConsistentRead=True,
    )


if __name__ == "__main__":
    main()
