"""`linegate relay` on the local stack, with curl, and before a storage that is slow."""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.contract.client.loopback import served
from tests.contract.client.relay import curl, relay_to
from tests.contract.lines import batch
from tests.ports import free_port
from tests.unit.client.fake_service import KEY, FakeService

MIB = 1 << 20
SOON_S = 20
FIELD = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'


@pytest.fixture(scope="module")
def relay(base_url: str) -> Iterator[str]:
    with relay_to(base_url) as running:
        yield running.url


@pytest.fixture
def relay_to_nowhere() -> Iterator[str]:
    with relay_to(f"http://127.0.0.1:{free_port()}/v1") as running:
        yield running.url


@dataclass
class Slow:
    service: FakeService
    url: str


@pytest.fixture
def slow() -> Iterator[Slow]:
    """A relay to a service whose storage takes 1 MiB/s from each connection."""
    service = FakeService(part_bytes=8 * MIB)
    with served(service, storage_bytes_s=MIB) as base_url, relay_to(base_url) as running:
        yield Slow(service, running.url)


def soon(holds: Callable[[], bool]) -> bool:
    ends_at = time.monotonic() + SOON_S
    while time.monotonic() < ends_at:
        if holds():
            return True
        time.sleep(0.02)
    return False


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


def test_a_client_that_leaves_while_its_parts_are_sent_leaves_no_upload(
    slow: Slow, large: Path
) -> None:
    form = ("-F", f"file=@{large}", "-F", "purpose=batch")
    key = f"Authorization: Bearer {KEY}"
    client = subprocess.Popen(["curl", "-s", f"{slow.url}/files", "-H", key, *form])
    assert soon(lambda: "POST /uploads" in slow.service.routes)
    client.kill()
    client.wait()
    assert soon(lambda: "POST /uploads/{id}/cancel" in slow.service.routes)
    assert "POST /uploads/{id}/complete" not in slow.service.routes


def test_a_client_that_leaves_within_its_form_leaves_nothing(slow: Slow) -> None:
    with connect(slow.url) as client:
        start = FIELD % (b"file", b'; filename="a.jsonl"', b"x" * MIB)
        client.sendall(head_of_form(10 * MIB) + start)
    assert httpx.get(f"{slow.url}/files").status_code == 200
    assert slow.service.routes == ["GET /files"]


def test_a_slow_client_is_waited_for(slow: Slow) -> None:
    content = batch(20)
    body = FIELD % (b"purpose", b"", b"batch")
    body += FIELD % (b"file", b'; filename="slow.jsonl"', content) + b"--b--\r\n"
    with connect(slow.url) as client:
        client.sendall(head_of_form(len(body)))
        for start in range(0, len(body), 500):
            client.sendall(body[start : start + 500])
            time.sleep(0.05)
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
    assert slow.service.routes == ["POST /files"]


def connect(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=SOON_S)


def head_of_form(length: int) -> bytes:
    return (
        "POST /v1/files HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {KEY}\r\nContent-Length: {length}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    ).encode()
