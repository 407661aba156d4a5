"""The deployed local stack, for tests that use it as its users do: over HTTP, with real clients.

A stack that is up (make up, make start) is used and left as it is, but for a deployment when the
code has changed since. Otherwise one is started, and stopped at the end. Every test has an account
of its own, so what others stored there does not matter.
"""

import contextlib
import fcntl
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import httpx
import pytest
from openai import OpenAI

from lambdas import clients
from lambdas.stores import key_table
from linegate.api_keys import Role, new_api_key
from local import stack as local_stack
from local.emulator import aws_environment
from local.layout import ROOT, RUN
from local.stack import Stack

NewKey = Callable[..., str]
Measured = Callable[[str, float], None]

STARTED_BY_TESTS = RUN / "started-by-tests"


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack, made from the code as it is now.

    Test processes share it. One at a time brings the stack up, or ends it; those that use it hold a
    second lock together, and whoever is the last of them ends what tests have started.
    """
    RUN.mkdir(exist_ok=True)
    with (RUN / "tests.turn").open("w") as turn, (RUN / "tests.users").open("w") as users:
        fcntl.flock(turn, fcntl.LOCK_EX)
        before = local_stack.last()
        port = os.environ.get("PORT")
        _local("up", *(("--port", port) if port else ()))
        running = local_stack.last()
        assert running is not None
        if before is None or before.pid != running.pid:
            STARTED_BY_TESTS.write_text(str(running.pid))
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(turn, fcntl.LOCK_UN)
        yield running
        fcntl.flock(turn, fcntl.LOCK_EX)
        with contextlib.suppress(BlockingIOError):  # others still use it
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if STARTED_BY_TESTS.exists() and STARTED_BY_TESTS.read_text() == str(running.pid):
                _local("down")


def _local(*arguments: str) -> None:
    """In a process of its own, because it points the whole process at the emulator."""
    ran = subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        pytest.fail(f"python -m local {' '.join(arguments)}: {ran.stdout}{ran.stderr}")


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    return stack.base_url


@pytest.fixture(scope="session")
def aws(stack: Stack) -> Callable[[str], Any]:
    """Clients of the emulator by service name: `aws("s3")`."""
    environment = aws_environment(stack.port)
    session = boto3.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=stack.region,
    )
    return partial(session.client, endpoint_url=stack.endpoint_url)


@pytest.fixture
def new_key(stack: Stack, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> NewKey:
    """Issues keys: `new_key()` for an account of its own, `new_key(account, Role.WORKER)`."""
    monkeypatch.setenv("LINEGATE_KEYS_TABLE", stack.keys_table)
    monkeypatch.setattr(clients, "dynamodb", partial(aws, "dynamodb"))

    def issue(account: str | None = None, role: Role = Role.CLIENT) -> str:
        key, text = new_api_key(account or f"test-{uuid.uuid4().hex}", "test", now=0, role=role)
        key_table.put(key)
        return text

    return issue


@pytest.fixture
def api_key(new_key: NewKey) -> str:
    """A key of an account that nobody else has."""
    return new_key()


@pytest.fixture
def client(base_url: str, api_key: str) -> Iterator[OpenAI]:
    """The stock client, but without retries, which would hide what fails the first time."""
    with OpenAI(base_url=base_url, api_key=api_key, max_retries=0) as openai:
        yield openai


@pytest.fixture
def http(base_url: str, api_key: str) -> Iterator[httpx.Client]:
    """Plain HTTP with the key, relative to the base URL, for what no SDK sends."""
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx.Client(base_url=base_url, headers=headers, timeout=30) as plain:
        yield plain


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Measured:
    """Keeps what a test has measured: it is shown at the end, and in a JUnit report."""

    def keep(what: str, value: float) -> None:
        request.node.user_properties.append((what, f"{value:.2f}"))

    return keep


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("passed", []):
        for what, value in report.user_properties:
            terminalreporter.write_line(f"measured: {what}: {value}")
