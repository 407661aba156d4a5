"""python -m tests.soak --minutes N: many clients on the local stack, and a model of what must be.

Needs a stack that is up (make up). Prints operations, what clients met, disagreements, and the
memory of the functions over time. Ends with 1 where model and service disagree.
"""

import argparse
import os
import sys
import threading
import time
import uuid
from functools import partial
from typing import Any

import boto3

from lambdas.stores import key_table
from linegate.api_keys import new_api_key
from local import stack as local_stack
from local.emulator import aws_environment
from local.stack import Stack
from tests.soak.agreement import compare, compare_stores
from tests.soak.functions import Watch
from tests.soak.model import Account, Tally
from tests.soak.worker import Worker

ACCOUNTS = 3
WORKERS_OF_ACCOUNT = 2
MOST_FILES = 150
"""Of one account: beyond, files are deleted first, so that the end is compared in a minute."""

SAMPLE_S = 5.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--kill-every", type=float, default=45, help="seconds between killed functions; 0: none"
    )
    arguments = parser.parse_args()
    stack = local_stack.last()
    if stack is None or not stack.running or stack.pid is None:
        sys.stderr.write("no local stack is up: run make up\n")
        return 2
    os.environ.update(aws_environment(stack.port))
    os.environ["LINEGATE_KEYS_TABLE"] = stack.keys_table
    os.environ["LINEGATE_FILES_TABLE"] = stack.files_table
    os.environ["LINEGATE_BUCKET"] = stack.bucket
    os.environ["LINEGATE_FINALIZER_QUEUE_URL"] = stack.finalizer_queue_url
    return _soak(stack, arguments.minutes, arguments.seed, arguments.kill_every or None)


def _soak(stack: Stack, minutes: float, seed: int, kill_s: float | None) -> int:
    aws = partial(boto3.client, endpoint_url=stack.endpoint_url)
    accounts = [_new_account() for _ in range(ACCOUNTS)]
    tally, ended = Tally(), threading.Event()
    assert stack.pid is not None
    watch = Watch(stack.pid, SAMPLE_S, kill_s)
    watching = threading.Thread(target=watch.run, args=(ended, seed))
    watching.start()
    until = time.monotonic() + 60 * minutes
    expire = partial(_expire, aws("dynamodb"), stack.files_table)
    workers = [
        threading.Thread(
            target=Worker(stack.base_url, account, tally, expire, seed + number).run,
            args=(until, MOST_FILES),
        )
        for number, account in enumerate(accounts * WORKERS_OF_ACCOUNT)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ended.set()
    watching.join()
    there = sum(compare(stack.base_url, account, tally) for account in accounts)
    left = compare_stores(aws, stack.files_table, stack.bucket, tally)
    _print(minutes, seed, tally, watch, there, left)
    return 1 if tally.disagreements else 0


def _new_account() -> Account:
    name = f"soak-{uuid.uuid4().hex[:8]}"
    key, text = new_api_key(name, "soak", now=0)
    key_table.put(key)
    return Account(name, text)


def _expire(dynamodb: Any, table: str, account: str, file_id: str) -> None:
    """The emulator's clock cannot be moved, so the file's end is."""
    dynamodb.update_item(
        TableName=table,
        Key={
            "PK": {"S": f"ACCOUNT#{account}"},
            "SK": {"S": f"FILE#{file_id.removeprefix('file-')}"},
        },
        UpdateExpression="SET expires_at = :past",
        ConditionExpression="attribute_exists(PK)",
        ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 1)}},
    )


def _print(minutes: float, seed: int, tally: Tally, watch: Watch, there: int, left: str) -> None:
    out = sys.stdout.write
    out(f"{minutes:g} minutes, {ACCOUNTS * WORKERS_OF_ACCOUNT} clients, seed {seed}\n")
    out(f"operations: {sum(tally.operations.values())}\n")
    for name, count in tally.operations.most_common():
        out(f"  {name:<20}{count:>6}\n")
    out(f"functions killed: {watch.kills}\nmet by clients: {sum(tally.faults.values())}\n")
    for name, count in tally.faults.most_common():
        out(f"  {count:>6}  {name}\n")
    out(f"files compared at the end: {there}\n{left}\n")
    out(f"memory by quarter of the run:\n{watch.table()}\n")
    out(f"disagreements: {len(tally.disagreements)}\n")
    for what in tally.disagreements[:50]:
        out(f"  {what}\n")


if __name__ == "__main__":
    sys.exit(main())
