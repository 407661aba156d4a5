"""python -m accept as a deployer runs it: its status, its table, and what it leaves behind."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from accept.operator import Operator
from accept.removing import remove_created
from accept.service import Service
from accept.target import local_operator
from local.layout import ROOT
from local.stack import Stack
from tests.contract.accept.liar import Answer, proxy
from tests.contract.conftest import NewKey
from tests.contract.lines import batch

COMMAND = [sys.executable, "-m", "accept"]
ONLY = ["--only", "stock_client", "idempotency", "resume"]
NO_AWS = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1",
}


def environment(**given: str) -> Mapping[str, str]:
    named = ("BASE_URL", "KEY", "OTHER_KEY", "STACK", "ORIGIN", "ACCOUNT_RATE")
    return {k: v for k, v in os.environ.items() if k not in named} | given


def run(*arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment(**given),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def files(http: httpx.Client) -> list[str]:
    return [file["filename"] for file in http.get("/files").json()["data"]]


def test_it_prints_what_held_and_leaves_nothing(
    base_url: str, api_key: str, http: httpx.Client, tmp_path: Path
) -> None:
    ran = run(*ONLY, "--json", str(tmp_path / "a.json"), BASE_URL=base_url, KEY=api_key)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"^  held +the stock client creates, lists", ran.stdout, re.MULTILINE)
    assert "3 held, 0 NOT HELD, 0 not shown here; " in ran.stdout
    assert api_key not in ran.stdout + ran.stderr
    results = json.loads((tmp_path / "a.json").read_text())
    assert [result["outcome"] for result in results] == ["held"] * 3
    assert files(http) == []


def test_a_broken_promise_is_a_status_of_1_and_leaves_nothing(
    base_url: str, api_key: str, http: httpx.Client
) -> None:
    def truncated(answer: Answer) -> None:
        if answer.path.endswith("/content"):
            answer.body = answer.body[:-1]

    with proxy(base_url, truncated) as lying:
        ran = run(*ONLY, BASE_URL=lying, KEY=api_key)
    assert ran.returncode == 1
    assert re.search(r"^  NOT HELD +the stock client creates, lists", ran.stdout, re.MULTILINE)
    assert files(http) == []


def test_an_interrupted_run_leaves_nothing(base_url: str, api_key: str, http: httpx.Client) -> None:
    """Interrupted once it has stored something; what was pending is cancelled."""
    with subprocess.Popen(
        [*COMMAND, "--only", "uploads", "files"],
        cwd=ROOT,
        env=environment(BASE_URL=base_url, KEY=api_key),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        while not files(http):
            assert running.poll() is None
        running.send_signal(signal.SIGINT)
        table, errors = running.communicate(timeout=60)
    assert running.returncode == 130, table + errors
    assert "interrupted" in table
    assert files(http) == []


@pytest.mark.parametrize(
    ("arguments", "given", "told"),
    [
        ([], {"BASE_URL": "https://a.example/v1"}, "BASE_URL needs KEY=…"),
        ([], {"BASE_URL": "http://127.0.0.1:9/v1", "KEY": "k"}, "does not answer"),
        (["--stack", "Nothing"], NO_AWS, "stack Nothing: "),
    ],
)
def test_wrong_usage_says_what_to_give(
    arguments: list[str], given: dict[str, str], told: str
) -> None:
    ran = run(*arguments, **given)
    assert ran.returncode == 2
    assert told in ran.stderr


def test_a_key_or_a_row_that_does_not_exist_is_wrong_usage(base_url: str, api_key: str) -> None:
    ran = run(BASE_URL=base_url, KEY=f"{api_key[:-4]}0000")
    assert (ran.returncode, "does not accept the key" in ran.stderr) == (2, True)
    ran = run("--only", "everything", BASE_URL=base_url, KEY=api_key)
    assert (ran.returncode, "no row or group is named everything" in ran.stderr) == (2, True)


def test_uploads_and_keys_are_removed(
    base_url: str, stack: Stack, api_key: str, new_key: NewKey
) -> None:
    operator = local_operator(stack)
    service = Service(base_url, operator.issue("linegate-accept"), new_key(), operator=operator)
    upload = service.begin(1_000).json()
    service.create(batch(1)).raise_for_status()
    key_id = service.key.split("_")[1]
    assert stored_key(operator, stack, key_id)
    assert remove_created(service, started_at=0) == []
    assert not stored_key(operator, stack, key_id)
    service.key = operator.issue("linegate-accept")
    assert service.send("GET", f"/uploads/{upload['id']}").json()["status"] == "cancelled"
    operator.remove_keys()


def stored_key(operator: Operator, stack: Stack, key_id: str) -> bool:
    item = {"PK": {"S": f"KEY#{key_id}"}}
    answer = operator.client("dynamodb").get_item(TableName=stack.keys_table, Key=item)
    return "Item" in answer
