"""`linegate relay` on the local stack, with curl."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.layout import ROOT


@pytest.fixture
def relay(base_url: str) -> Iterator[str]:
    yield from run_relay(base_url)


@pytest.fixture
def relay_to_nowhere() -> Iterator[str]:
    yield from run_relay(f"http://127.0.0.1:{free_port()}/v1")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def run_relay(base_url: str) -> Iterator[str]:
    port = str(free_port())
    command = [sys.executable, "-m", "linegate", "relay", "--base-url", base_url, "--port", port]
    process = subprocess.Popen(command, cwd=ROOT / "client" / "src")
    try:
        for _ in range(100):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", int(port))) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(30)


def curl(*arguments: str | Path) -> bytes:
    command = ["curl", "-s", "-m", "100", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def test_a_large_file_goes_up_and_comes_down_with_plain_curl(
    relay: str, api_key: str, large: Path
) -> None:
    key = f"Authorization: Bearer {api_key}"
    form = ("-F", f"file=@{large}", "-F", "purpose=batch")
    file = json.loads(curl(f"{relay}/files", "-H", key, *form))
    assert (file["status"], file["bytes"]) == ("processed", large.stat().st_size)
    content = f"{relay}/files/{file['id']}/content"
    assert curl(content, "-H", key) == large.read_bytes()
    assert curl(content, "-H", key, "-r", "5-9") == large.read_bytes()[5:10]


def test_a_host_that_is_not_this_machine_is_refused(relay: str) -> None:
    assert httpx.get(f"{relay}/files", headers={"host": "evil.example"}).status_code == 403


def test_an_answer_of_the_service_passes_through(relay: str, base_url: str) -> None:
    direct, relayed = (httpx.get(f"{url}/files") for url in (base_url, relay))
    assert (relayed.status_code, relayed.json()) == (direct.status_code, direct.json())
    assert relayed.status_code == 401


def test_a_service_that_is_down_is_a_503_in_the_usual_shape(
    relay_to_nowhere: str, large: Path
) -> None:
    asked = httpx.get(f"{relay_to_nowhere}/files")
    with large.open("rb") as file:
        sent = httpx.post(f"{relay_to_nowhere}/files", files={"file": file}, timeout=60)
    for answer in (asked, sent):
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "service_unavailable"
