"""What an account holds, and its keys, on the deployed stack: transactions and streams for real."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from lambdas import clients
from lambdas.domain.usage import Usage
from lambdas.stores import usage_table
from local.layout import ROOT, RUN
from local.stack import Stack
from tests.contract.conftest import NewKey
from tests.contract.lines import batch

RELEASED_WITHIN_S = 20
AT_ONCE = 4
"""More would mostly wait for one another's functions to start."""


@pytest.fixture
def usage(
    stack: Stack, aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Usage]:
    monkeypatch.setenv("LINEGATE_FILES_TABLE", stack.files_table)
    monkeypatch.setattr(clients, "dynamodb", lambda: aws("dynamodb"))
    return lambda account: usage_table.read(account).usage


def create(http: httpx.Client, **headers: str) -> httpx.Response:
    form = {"file": ("a.jsonl", batch(1))}
    return http.post("/files", data={"purpose": "batch"}, files=form, headers=headers)


def open_client(base_url: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def until(reached: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + RELEASED_WITHIN_S
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.2)
    return reached()


def test_what_is_created_at_once_is_counted_and_what_is_deleted_given_back(
    base_url: str, new_key: NewKey, usage: Callable[[str], Usage]
) -> None:
    account = f"test-{uuid.uuid4().hex}"
    with open_client(base_url, new_key(account)) as http:
        first = create(http)  # the gateway knows the key from then on
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda _: create(http), range(AT_ONCE)))
        assert [answer.text for answer in (first, *answers) if answer.status_code != 200] == []
        size = first.json()["bytes"]
        assert usage(account) == Usage(files=AT_ONCE + 1, bytes=(AT_ONCE + 1) * size)
        for answer in answers:
            assert http.delete(f"/files/{answer.json()['id']}").status_code == 200
        assert until(lambda: usage(account) == Usage(files=1, bytes=size)), usage(account)


def test_a_cancelled_upload_holds_no_more_than_a_file(
    base_url: str, new_key: NewKey, usage: Callable[[str], Usage]
) -> None:
    account = f"test-{uuid.uuid4().hex}"
    with open_client(base_url, new_key(account)) as http:
        new = {"filename": "a.jsonl", "purpose": "batch", "bytes": 1_000}
        upload = http.post("/uploads", json=new).json()
        assert usage(account) == Usage(files=1, bytes=1_000, pending_uploads=1)
        assert http.post(f"/uploads/{upload['id']}/cancel").status_code == 200
        assert usage(account) == Usage(files=1)


def test_of_twins_at_once_one_makes_the_file(
    base_url: str, new_key: NewKey, usage: Callable[[str], Usage]
) -> None:
    account = f"test-{uuid.uuid4().hex}"
    key = {"Idempotency-Key": uuid.uuid4().hex}
    with open_client(base_url, new_key(account)) as http, ThreadPoolExecutor(AT_ONCE) as pool:
        assert http.get("/files").status_code == 200  # the gateway knows the key from then on
        answers = list(pool.map(lambda _: create(http, **key), range(AT_ONCE)))
        made = {answer.json()["id"] for answer in answers if answer.status_code == 200}
        assert len(made) == 1
        others = [answer for answer in answers if answer.status_code != 200]
        assert {(a.status_code, "retry-after" in a.headers) for a in others} <= {(503, True)}
        assert create(http, **key).json()["id"] in made
        assert usage(account).files == 1


def keys(*arguments: str) -> subprocess.CompletedProcess[str]:
    """`linegate keys …`, on the local stack that the tests use."""
    return subprocess.run(
        [sys.executable, "-m", "linegate", "keys", *arguments, "--local"],
        env=os.environ
        | {"PYTHONPATH": str(ROOT / "client" / "src"), "LINEGATE_RUN_FOLDER": str(RUN)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_key_of_the_operators_opens_the_api_until_it_is_revoked(
    base_url: str, stack: Stack
) -> None:
    account = f"test-{uuid.uuid4().hex}"
    made = [keys("create", "--account", account, "--name", f"{n}") for n in range(2)]
    assert [done.returncode for done in made] == [0, 0], made[0].stderr
    used, unused = (done.stdout.strip() for done in made)
    with open_client(base_url, used) as http:
        assert http.get("/files").status_code == 200
    revoked = keys("revoke", unused)
    assert revoked.returncode == 0, revoked.stderr
    with open_client(base_url, unused) as http:
        answer = http.get("/files")
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")
    listed = keys("list", "--account", account).stdout
    assert sorted(line.split("\t")[3] for line in listed.splitlines()) == ["active", "revoked"]
    assert used[20:] not in listed
