"""An upload that ends in the middle, and is called again."""

import signal
import threading
import time
from pathlib import Path

import pytest

from linegate.transfer import retry
from tests.contract.client.command import Linegate
from tests.contract.client.loopback import QUICK_PARTS, served
from tests.contract.lines import batch_of
from tests.unit.client.fake_service import KEY, Asked, FakeService

PARTS = 100
HALF = PARTS // 2


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tries follow each other at once."""
    monkeypatch.setattr(retry, "FIRST_DELAY_S", 0.01)


@pytest.fixture
def service() -> FakeService:
    return FakeService(part_bytes=QUICK_PARTS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(batch_of(PARTS * QUICK_PARTS))
    return path


def sent(service: FakeService) -> int:
    return sum(asked.to_storage for asked in service.asked)


def held_back_from(part: int) -> tuple[FakeService, threading.Event]:
    """A service that keeps whoever sends that many parts waiting."""
    service, reached = FakeService(part_bytes=QUICK_PARTS), threading.Event()

    def fault(asked: Asked) -> None:
        if asked.to_storage and not reached.is_set() and sent(service) >= part:
            reached.set()
            time.sleep(1)

    service.fault = fault
    return service, reached


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_upload_killed_at_half_sends_only_what_is_missing(
    tmp_path: Path, path: Path, how: signal.Signals
) -> None:
    service, reached = held_back_from(HALF)
    with served(service) as base_url:
        linegate = Linegate(tmp_path, base_url, KEY)
        process = linegate.started("upload", path, "--parallel", "1")
        assert reached.wait(60)
        process.send_signal(how)
        _, said = process.communicate(timeout=60)
        if how is signal.SIGINT:
            assert process.returncode == 130
            assert said.decode().count("\n") == 1
            assert "interrupted" in said.decode()
        time.sleep(1.2)  # what was on its way arrives
        held = len(service.parts["upload-0"])
        service.asked.clear()
        again = linegate("upload", path)
    assert again.returncode == 0, again.stderr
    assert HALF - 1 <= held < PARTS
    assert sent(service) == PARTS - held
    assert service.content("upload-0") == path.read_bytes()


def test_a_server_that_dies_leaves_one_line_and_the_next_call_goes_on(
    tmp_path: Path, path: Path, service: FakeService
) -> None:
    def dying(asked: Asked) -> Exception | None:
        return ConnectionResetError() if sent(service) > HALF else None

    service.fault = dying
    with served(service) as base_url:
        linegate = Linegate(tmp_path, base_url, KEY)
        died = linegate("upload", path)
        service.fault = None
        held = len(service.parts["upload-0"])
        service.asked.clear()
        again = linegate("upload", path)
    assert died.returncode == 5
    assert died.stderr.startswith("linegate: The connection to 127.0.0.1")
    assert died.stderr.count("\n") == 1
    assert again.returncode == 0, again.stderr
    assert 0 < held <= HALF + 1
    assert sent(service) == PARTS - held
    assert service.content("upload-0") == path.read_bytes()


def test_standard_input_goes_on_too(tmp_path: Path, path: Path, service: FakeService) -> None:
    service.fault = lambda _: ConnectionResetError() if sent(service) > HALF else None
    with served(service) as base_url:
        linegate = Linegate(tmp_path, base_url, KEY)
        assert linegate("upload", "-", stdin=path.read_bytes()).returncode == 5
        service.fault = None
        service.asked.clear()
        assert linegate("upload", "-", stdin=path.read_bytes()).returncode == 0
    assert 0 < sent(service) < PARTS


def test_a_file_that_changed_is_begun_anew(
    tmp_path: Path, path: Path, service: FakeService
) -> None:
    service.fault = lambda _: ConnectionResetError() if sent(service) > HALF else None
    with served(service) as base_url:
        linegate = Linegate(tmp_path, base_url, KEY)
        assert linegate("upload", path).returncode == 5
        service.fault = None
        path.write_bytes(path.read_bytes().replace(b"request-000001", b"request-X00001"))
        assert linegate("upload", path).returncode == 0
    assert service.content("upload-1") == path.read_bytes()
