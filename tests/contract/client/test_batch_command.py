"""`linegate batch` against the local stack, as a person uses it."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.contract.client.command import Linegate
from tests.contract.test_batches import CHAT, line, mostly_slow


@pytest.fixture
def linegate(tmp_path: Path, base_url: str, api_key: str) -> Linegate:
    return Linegate(tmp_path, base_url, api_key)


@pytest.fixture
def requests(tmp_path: Path) -> Path:
    """Five, of which the fourth is refused."""
    path = tmp_path / "requests.jsonl"
    refused = {"fault": {"status": 422}}
    path.write_bytes(b"".join(line(n, **(refused if n == 3 else {})) for n in range(5)))
    return path


def slow_line(number: int) -> bytes:
    """The fault is of each request: other tests send to the same model server."""
    return line(number, fault={"delay_s": 1.0})


def rows(path: Path) -> list[Any]:
    return [json.loads(text) for text in path.read_text().splitlines()]


def test_a_file_is_run_and_its_results_are_there(linegate: Linegate, requests: Path) -> None:
    ended = linegate("batch", "run", requests, "-o", "results.jsonl", "--metadata", "run=7")
    assert ended.returncode == 1, ended.stderr
    assert "1 request has no answer: results.errors.jsonl" in ended.stderr
    output = rows(linegate.home / "results.jsonl")
    assert [found["custom_id"] for found in output] == [f"request-{n}" for n in (0, 1, 2, 4)]
    (error,) = rows(linegate.home / "results.errors.jsonl")
    assert error["response"]["status_code"] == 422
    again = linegate("batch", "run", requests, "-o", "results.jsonl")
    assert (again.returncode, "exists already" in again.stderr) == (2, True)
    listed = linegate("batch", "ls").stdout.splitlines()
    assert len(listed) == 1  # the second was refused before anything was sent
    batch_id, status, _, endpoint, counts = listed[0].split("\t")
    assert (status, endpoint, counts) == ("completed", CHAT, "4/5/1")
    shown = linegate("batch", "show", batch_id).stdout
    assert "completed: 5 of 5, 1 failed" in shown
    assert '{"run": "7"}' in shown
    assert json.loads(linegate("batch", "show", batch_id, "--json").stdout)["id"] == batch_id


def test_each_step_by_itself(linegate: Linegate, tmp_path: Path) -> None:
    path = tmp_path / "good.jsonl"
    path.write_bytes(b"".join(map(line, range(3))))
    file_id = linegate("upload", path, "-q").stdout.strip()
    created = linegate("batch", "create", file_id, "-q", "--window", "24h")
    assert created.returncode == 0, created.stderr
    batch_id = created.stdout.strip()
    got = linegate("batch", "get", batch_id, "--wait", "-o", "-")
    assert got.returncode == 0, got.stderr
    assert [json.loads(text)["custom_id"] for text in got.stdout.splitlines()] == [
        f"request-{n}" for n in range(3)
    ]
    (tmp_path / "folder").mkdir()
    got = linegate("batch", "get", batch_id, "-o", "folder", "--json")
    assert json.loads(got.stdout)["output"] == f"folder/{batch_id}_output.jsonl"
    refused = linegate("batch", "cancel", batch_id)
    assert (refused.returncode, "'completed'" in refused.stderr) == (5, True)


def test_a_batch_that_cannot_be_says_why(linegate: Linegate, requests: Path) -> None:
    missing = linegate("batch", "show", "batch-01JD0000000000000000000000")
    assert missing.returncode == 4
    wrong = linegate("batch", "run", requests, "--endpoint", "/v1/embeddings", "-o", "x.jsonl")
    assert wrong.returncode == 1
    assert "line 1  mismatched_endpoint" in wrong.stderr
    requests.write_bytes(b"nonsense\n")
    invalid = linegate("batch", "run", requests, "-o", "x.jsonl")
    assert invalid.returncode == 1
    window = linegate("batch", "create", "file-01JD0000000000000000000000")
    assert (window.returncode, "There is no file" in window.stderr) == (5, True)


def test_a_batch_is_cancelled_and_what_is_answered_delivered(
    linegate: Linegate, tmp_path: Path
) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(mostly_slow(1_000))
    file_id = linegate("upload", path, "-q").stdout.strip()
    batch_id = linegate("batch", "create", file_id, "-q").stdout.strip()
    while not json.loads(linegate("batch", "show", batch_id, "--json").stdout)["request_counts"][
        "completed"
    ]:
        time.sleep(0.2)
    assert linegate("batch", "get", batch_id).returncode == 2
    assert "cancelling" in linegate("batch", "cancel", batch_id).stdout
    got = linegate("batch", "get", batch_id, "--wait", "-o", "results.jsonl")
    assert got.returncode == 1
    assert "It was cancelled" in got.stderr
    found = rows(tmp_path / "results.jsonl"), rows(tmp_path / "results.errors.jsonl")
    assert sum(map(len, found)) == 1_000


def test_an_interrupted_run_says_how_to_get_its_results(linegate: Linegate, tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"".join(map(slow_line, range(200))))
    running = linegate.started("batch", "run", path, "-o", "results.jsonl")
    while not linegate("batch", "ls", "-q").stdout:
        assert running.poll() is None
        time.sleep(0.2)
    time.sleep(0.5)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    command = err.decode().splitlines()[-1].strip()
    assert command.startswith("linegate batch get batch-")
    got = linegate(*command.split()[1:])
    assert got.returncode == 0, got.stderr
    assert len(rows(tmp_path / "results.jsonl")) == 200
