"""Which deployment to check, and with which keys: given, a stack's name, or the local stack."""

import os
import subprocess
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import boto3
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from accept.operator import Operator
from accept.service import Service
from accept.waiting import Waiting
from linegate.cli.errors import Failure
from local import stack as local_stack
from local.emulator import aws_environment
from local.layout import ROOT
from local.stack import Stack

ACCOUNT = "linegate-accept"
OTHER_ACCOUNT = f"{ACCOUNT}-other"
"""Accounts of its own, the same in every run: they hold nothing between runs."""

LOCAL_STACK_NAME = "Linegate"


class NoTarget(Exception):
    """No deployment can be found with the given options. The message names those needed."""


@contextmanager
def open_service(given: Namespace) -> Iterator[Service]:
    """The deployment to check. A local stack that had to be started is stopped afterwards.

    Raises NoTarget.
    """
    if given.base_url and not given.key and not given.stack:
        raise NoTarget("BASE_URL needs KEY=…, or STACK=… to make a key with AWS credentials")
    if given.base_url or given.stack:
        operator = Operator.of_stack(given.stack) if given.stack else None
        yield _answering(_service(given, given.base_url, operator))
        return
    with _local(given.port) as stack:
        yield _answering(_service(given, stack.base_url, local_operator(stack)))


def _answering(service: Service) -> Service:
    """The service, if it answers and accepts the key. Raises NoTarget."""
    try:
        answer = service.send("GET", "/files?limit=1")
    except httpx.HTTPError as error:
        raise NoTarget(f"{service.base_url} does not answer: {error}") from error
    if answer.status_code == 401:
        raise NoTarget(f"{service.base_url} does not accept the key")
    return service


def _service(given: Namespace, base_url: str | None, operator: Operator | None) -> Service:
    account = None
    key, other_key = given.key, given.other_key
    if operator is not None:
        try:
            base_url = base_url or operator.outputs["BaseUrl"]
            if not key:
                key, account = operator.issue(ACCOUNT), ACCOUNT
            other_key = other_key or operator.issue(OTHER_ACCOUNT)
        except (Failure, BotoCoreError, ClientError) as error:
            raise NoTarget(f"stack {operator.stack_name}: {error}") from error
    assert base_url is not None
    return Service(
        base_url=base_url,
        key=key,
        other_key=other_key,
        operator=operator,
        account=account,
        origin=given.origin,
        account_rate=given.account_rate,
        customer_key=given.customer_key,
        cache_s=given.cache_s,
        waiting=Waiting(given.state, base_url) if given.long else None,
    )


def local_operator(stack: Stack) -> Operator:
    """Of the emulator, whose credentials are anybody's."""
    environment = aws_environment(stack.port)
    session = boto3.Session(
        environment["AWS_ACCESS_KEY_ID"],
        environment["AWS_SECRET_ACCESS_KEY"],
        region_name=stack.region,
    )
    return Operator(session, LOCAL_STACK_NAME, stack.endpoint_url)


@contextmanager
def _local(port: int) -> Iterator[Stack]:
    """The local stack, made from the code as it is now."""
    before = local_stack.last()
    was_up = before is not None and before.running
    _run_local("up", "--port", str(port))
    stack = local_stack.last()
    assert stack is not None
    try:
        yield stack
    finally:
        if not was_up:
            with suppress(NoTarget):
                _run_local("down")


def _run_local(*arguments: str) -> None:
    """In a process of its own, because it points the whole process at the emulator."""
    ran = subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env=os.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise NoTarget(f"python -m local {' '.join(arguments)}: {ran.stdout}{ran.stderr}")
