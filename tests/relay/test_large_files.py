"""Unmodified clients send and fetch 200 MiB through `linegate relay`, on the local stack.

The examples are the reference documents' own, verbatim but for host and key. The Cerebras SDKs have
no `files`: of that document curl's example is run, and its lines for Node by openai-node.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.client.relay import RunningRelay, curl, relay_to
from tests.contract.lines import batch_of
from tests.contract.test_reference_examples import (
    CEREBRAS_RETRIEVE,
    CEREBRAS_UPLOAD,
    KLUSTER,
    KLUSTER_CONTENT,
    KLUSTER_UPLOAD,
    Shell,
)

MIB = 1 << 20
PEAK_BYTES = 100_000_000
AT_ONCE = 10
NAMES = ("batch-requests.jsonl", "mybatchtest.jsonl")

KLUSTER_PYTHON = """\
from openai import OpenAI

# Configure OpenAI client
client = OpenAI(
    base_url="https://api.kluster.ai/v1", 
    api_key="INSERT_API_KEY" # Replace with your actual API key
)

batch_input_file = client.files.create(
    file=open(file_name, "rb"),
    purpose="batch"
)

print(batch_input_file.to_dict())
"""  # noqa: W291  # as it is there

KLUSTER_PYTHON_CONTENT = """
results = client.files.content(result_file_id).content

# Save results to a file
result_file_name = "batch_results.jsonl"
with open(result_file_name, "wb") as file:
    file.write(results)
"""

CEREBRAS_NODE = """\
async function main() {
  const file = await client.files.create({
    file: fs.createReadStream("batch-requests.jsonl"),
    purpose: "batch"
  });

  console.log(file);
}

main();
"""

OPENAI_NODE = """\
import OpenAI from "openai";
import * as fs from 'fs';
const client = new OpenAI({ baseURL: process.env.BASE_URL, apiKey: process.env.API_KEY });
"""


@pytest.fixture
def relay(base_url: str) -> Iterator[RunningRelay]:
    """Each test has its own, so that its peak is the test's. Checked when the test has passed."""
    with relay_to(base_url) as running:
        yield running
        assert running.peak_bytes() < PEAK_BYTES


@pytest.fixture
def shell(relay: RunningRelay, api_key: str, largest: Path, tmp_path: Path) -> Shell:
    for name in NAMES:
        os.link(largest, tmp_path / name)
    return Shell(relay.url, api_key, tmp_path)


@pytest.mark.parametrize("example", [CEREBRAS_UPLOAD, KLUSTER_UPLOAD], ids=["Cerebras", "kluster"])
def test_curl_sends_and_fetches_200_mib(shell: Shell, largest: Path, example: str) -> None:
    file = shell.json(example)
    assert (file["status"], file["bytes"]) == ("processed", 200 * MIB)
    assert shell.json(CEREBRAS_RETRIEVE, file_123=file["id"]) == file
    shell.run(KLUSTER_CONTENT, kluster_output_file_123=file["id"])
    assert same(shell.folder / "batch_output.jsonl", largest)


def test_the_python_sdk_sends_and_fetches_200_mib(
    relay: RunningRelay, api_key: str, shell: Shell, largest: Path
) -> None:
    source = KLUSTER_PYTHON.replace(KLUSTER, relay.url).replace("INSERT_API_KEY", api_key)
    script = f"file_name = 'mybatchtest.jsonl'\n{source}result_file_id = batch_input_file.id\n"
    printed = subprocess.run(
        [sys.executable, "-c", script + KLUSTER_PYTHON_CONTENT],
        cwd=shell.folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "'status': 'processed'" in printed
    assert same(shell.folder / "batch_results.jsonl", largest)


def test_the_node_sdk_sends_200_mib_from_a_stream(
    relay: RunningRelay, api_key: str, shell: Shell, openai_node: Path
) -> None:
    script = openai_node / "relayed.mjs"
    script.write_text(OPENAI_NODE + CEREBRAS_NODE)
    printed = subprocess.run(
        [Path(sys.executable).with_name("node"), script],
        cwd=shell.folder,
        env=os.environ | {"BASE_URL": relay.url, "API_KEY": api_key},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "status: 'processed'" in printed


def test_ten_uploads_at_once_are_all_checked(
    relay: RunningRelay, api_key: str, tmp_path: Path
) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(batch_of(20 * MIB))
    command = ["curl", "-s", f"{relay.url}/files", *as_form(api_key, path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(AT_ONCE)]
    answers = [json.loads(one.communicate(timeout=300)[0]) for one in running]
    assert [answer["status"] for answer in answers] == ["processed"] * AT_ONCE
    assert len({answer["id"] for answer in answers}) == AT_ONCE


def test_a_slow_reader_gets_all_of_the_content(
    relay: RunningRelay, api_key: str, largest: Path, tmp_path: Path
) -> None:
    """Nothing piles up in the relay meanwhile: its peak says so."""
    file = json.loads(curl(f"{relay.url}/files", *as_form(api_key, largest)))
    out = tmp_path / "out"
    url = f"{relay.url}/files/{file['id']}/content"
    curl("--limit-rate", "25M", "-o", out, url, *as_form(api_key))
    assert same(out, largest)


def test_a_client_that_leaves_leaves_nothing_behind(
    relay: RunningRelay, api_key: str, largest: Path
) -> None:
    def pending() -> list[Any]:
        answer = httpx.get(
            f"{relay.url}/uploads", headers={"authorization": f"Bearer {api_key}"}, timeout=60
        )
        found: list[Any] = answer.json()["data"]
        return found

    client = subprocess.Popen(
        ["curl", "-s", f"{relay.url}/files", *as_form(api_key, largest)],
        stdout=subprocess.DEVNULL,
    )
    wait_until(lambda: bool(pending()))
    client.kill()
    client.wait()
    wait_until(lambda: not pending())
    listed = httpx.get(f"{relay.url}/files", headers={"authorization": f"Bearer {api_key}"})
    assert listed.json()["data"] == []


def as_form(api_key: str, path: Path | None = None) -> list[str]:
    form = ["-F", f"file=@{path}", "-F", "purpose=batch"] if path else []
    return ["-H", f"Authorization: Bearer {api_key}", *form]


def wait_until(holds: Any, within_s: float = 60) -> None:
    ends_at = time.monotonic() + within_s
    while time.monotonic() < ends_at:
        with contextlib.suppress(httpx.TransportError):
            if holds():
                return
        time.sleep(0.1)
    pytest.fail(f"it did not happen within {within_s} s")


def same(one: Path, other: Path) -> bool:
    return subprocess.run(["cmp", one, other], check=False).returncode == 0
