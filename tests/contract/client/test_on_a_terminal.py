"""`linegate` on a terminal, at the widths that terminals have."""

import re
from pathlib import Path

import pytest

from tests.contract.client.command import Linegate
from tests.contract.client.loopback import served
from tests.contract.client.test_upload_command import LIMITS
from tests.contract.lines import batch, batch_of, request_line
from tests.unit.client.fake_service import KEY, FakeService, refused

MIB = 1 << 20
PART = 4 * MIB
AMOUNT = re.compile(r"Uploading .*? ([0-9.]+)/8\.0 MiB")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
WIDTHS = [60, 80]


@pytest.fixture
def service() -> FakeService:
    return FakeService(limits=LIMITS, part_bytes=PART)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(batch_of(2 * PART))
    return path


def plain(sent: str) -> list[str]:
    return [line.rstrip() for line in re.split(r"[\r\n]+", CONTROL.sub("", sent)) if line.strip()]


def amounts(sent: str) -> list[float]:
    """MiB that the bar showed as uploaded."""
    return [float(shown) for shown in AMOUNT.findall(CONTROL.sub("", sent))]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_bar_moves_within_a_part(
    service: FakeService, tmp_path: Path, path: Path, width: int
) -> None:
    service.part_bytes = 2 * PART
    with served(service, storage_bytes_s=4 * MIB) as base_url:
        linegate = Linegate(tmp_path, base_url, KEY)
        status, sent = linegate.on_terminal(width, "upload", path.name)
    assert status == 0, sent
    assert service.routes.count("PUT part 1") == 1
    moved = sorted({amount for amount in amounts(sent) if 0 < amount < 8})
    assert len(moved) >= 3, moved
    assert max(map(len, plain(sent))) <= width


def test_the_bar_begins_with_what_a_resumed_upload_has(
    service: FakeService, tmp_path: Path, path: Path
) -> None:
    refusal = refused(403, "no")
    service.fault = lambda asked: refusal if asked.route == "PUT part 2" else None
    with served(service, storage_bytes_s=4 * MIB) as base_url:
        linegate = Linegate(tmp_path, base_url, KEY)
        assert linegate("upload", path).returncode == 5
        service.fault = None
        status, sent = linegate.on_terminal(80, "upload", path.name)
    assert status == 0, sent
    assert service.routes.count("PUT part 1") == 1
    assert min(amount for amount in amounts(sent) if amount) >= PART / MIB


def test_no_line_is_longer_than_the_terminal(service: FakeService, tmp_path: Path) -> None:
    width = min(WIDTHS)
    (tmp_path / "bad.jsonl").write_bytes(request_line("1").replace(b"POST", b"GET") * 12)
    (tmp_path / "a.jsonl.gz").write_bytes(b"\x1f\x8b")
    long = "a name as long as some people's names of files are, and longer.jsonl"
    (tmp_path / long).write_bytes(batch(1))
    commands = [
        (0, ("upload", long)),
        (1, ("upload", "bad.jsonl")),
        (1, ("upload", "a.jsonl.gz")),
        (2, ("upload", "missing.jsonl")),
        (1, ("check", "bad.jsonl")),
        (4, ("rm", "file-nothing")),
    ]
    with served(service) as base_url:
        linegate = Linegate(tmp_path, base_url, KEY)
        for expected, command in commands:
            status, sent = linegate.on_terminal(width, *command)
            assert status == expected, sent
            assert max(map(len, plain(sent))) <= width, sent
