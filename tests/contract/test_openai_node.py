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


def run(node: Path, base_url: str, api_key: str, path: Path) -> dict[str, Any]:
    ran = subprocess.run(
        [str(node), "upload.js", str(path)],
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
