"""A batch through LiteLLM's proxy with a mock model, whose key the worker reads from a secret."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from openai import OpenAI

from local.layout import ROOT
from local.stack import Stack
from tests.contract.client.conftest import RUN, once, run
from tests.contract.test_batches import CHAT, lines, wait
from tests.ports import free_port

KEY = "sk-litellm-on-loopback"
SECRET = "litellm/key"
CONFIG = {
    "model_list": [
        {
            "model_name": "mock",
            "litellm_params": {
                "model": "openai/mock",
                "api_key": "none",
                "mock_response": "Hello from LiteLLM",
            },
        }
    ],
    "general_settings": {"master_key": KEY},
}
START_S = 180
REQUESTS = 200


@pytest.fixture(scope="session")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its base URL. It has an environment of its own, which takes a minute to install."""
    folder, lock = RUN / "litellm", Path(__file__).parent / "requirements.txt"
    python, uv = folder / "bin" / "python", (sys.executable, "-m", "uv")

    def install() -> None:
        run(*uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder)
        run(*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock)

    once(folder, lock, install)
    home, port = tmp_path_factory.mktemp("litellm"), free_port()
    (home / "config.yaml").write_text(json.dumps(CONFIG))
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                str(folder / "bin" / "litellm"),
                *("--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)),
            ],
            cwd=home,
            env=os.environ | {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    until = time.monotonic() + START_S
    while not answers(port):
        assert process.poll() is None, (home / "log").read_text()[-4_000:]
        assert time.monotonic() < until, "it does not start"
        time.sleep(1)
    yield f"http://127.0.0.1:{port}/v1"
    os.killpg(process.pid, signal.SIGKILL)


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/liveliness").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
def stack(proxy: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One of its own, whose batches go to the proxy."""
    folder, port = tmp_path_factory.mktemp("stack"), free_port()
    environment = os.environ | {"LINEGATE_RUN_FOLDER": str(folder), "PORT": str(port)}
    settings = ("-c", f"batch_endpoint={proxy}", "-c", f"batch_endpoint_secret={SECRET}")
    up = subprocess.run(
        [sys.executable, "-m", "local", "up", "--port", str(port), *settings],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert up.returncode == 0, up.stdout + up.stderr
    found = Stack(**json.loads((folder / "stack.json").read_text()))
    assert found.pid is not None
    secrets = boto3.Session("test", "test", region_name=found.region).client(
        "secretsmanager", endpoint_url=found.endpoint_url
    )
    secrets.create_secret(Name=SECRET, SecretString=KEY)
    yield found
    os.killpg(found.pid, signal.SIGKILL)


def request(number: int, model: str) -> bytes:
    body = {"model": model, "messages": [{"role": "user", "content": f"Hello {number}"}]}
    asked = {"custom_id": str(number), "method": "POST", "url": CHAT, "body": body}
    return json.dumps(asked).encode() + b"\n"


@pytest.mark.parametrize(("model", "completed"), [("mock", REQUESTS), ("unknown", 0)])
def test_every_request_is_answered_once(stack: Stack, model: str, completed: int) -> None:
    client = OpenAI(base_url=stack.base_url, api_key=stack.api_key)
    content = b"".join(request(number, model) for number in range(REQUESTS))
    file = client.files.create(file=("requests.jsonl", content), purpose="batch")
    batch = wait(
        client,
        client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h"),
    )
    assert batch.status == "completed"
    counts = batch.request_counts
    assert counts is not None
    assert (counts.total, counts.completed, counts.failed) == (
        REQUESTS,
        completed,
        REQUESTS - completed,
    )
    found = lines(client, batch.output_file_id or batch.error_file_id)
    assert [line["custom_id"] for line in found] == [str(number) for number in range(REQUESTS)]
    if completed:
        assert batch.usage is not None
        assert batch.usage.total_tokens == 30 * REQUESTS
        said = {line["response"]["body"]["choices"][0]["message"]["content"] for line in found}
        assert said == {"Hello from LiteLLM"}
    else:
        assert {line["response"]["status_code"] for line in found} == {400}
        assert all("error" in line["response"]["body"] for line in found)
