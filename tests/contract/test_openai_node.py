"""The stock openai-node client, from the package that tests/contract/node pins."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.lines import batch_of
from tests.contract.node_client import BIN, NODE, installed
from tests.contract.test_batches import line

MIB = 1 << 20


@pytest.fixture(scope="session")
def node() -> Path:
    """Node, with the client beside the script."""
    installed()
    return BIN / "node"


def test_a_few_mib_in_parallel_parts(
    node: Path, http: httpx.Client, base_url: str, api_key: str, tmp_path: Path
) -> None:
    path = tmp_path / "größe.jsonl"
    path.write_bytes(batch_of(9 * MIB + 1_000))
    answers = run(node, base_url, api_key, path)
    checked = answers.pop("checked")
    assert answers == {
        "created": "pending",
        "parts": 5,
        "completed": "completed",
        "cancelled": "cancelled",
    }
    assert (checked["status"], checked["bytes"]) == ("processed", path.stat().st_size)
    assert checked["filename"] == path.name
    content = http.get(f"/files/{checked['id']}/content", follow_redirects=True).content
    assert content == path.read_bytes()


def test_a_batch_from_its_input_to_its_results(
    node: Path, base_url: str, api_key: str, tmp_path: Path
) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(b"".join(map(line, range(7))))
    answers = run(node, base_url, api_key, path, "batch.js")
    created, ended = answers["created"], answers["batch"]
    assert (created["status"], created["output_file_id"]) == ("validating", None)
    assert (ended["status"], ended["metadata"]) == ("completed", {"client": "node"})
    assert ended["request_counts"] == {"total": 7, "completed": 7, "failed": 0}
    output = [json.loads(text) for text in answers["output"].splitlines()]
    assert [answer["custom_id"] for answer in output] == [f"request-{n}" for n in range(7)]
    assert answers["listed"] == [created["id"]]
    assert answers["refused"] == 400


def run(
    node: Path, base_url: str, api_key: str, path: Path, script: str = "upload.js"
) -> dict[str, Any]:
    ran = subprocess.run(
        [str(node), script, str(path)],
        cwd=NODE,
        env={**os.environ, "OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": api_key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answers: dict[str, Any] = json.loads(ran.stdout)
    return answers
