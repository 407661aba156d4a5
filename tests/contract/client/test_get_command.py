"""`linegate get`: what it compares, and what it leaves alone."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from linegate.transfer import retry
from tests.contract.client.command import Linegate
from tests.contract.client.loopback import served
from tests.unit.client.fake_service import KEY, Asked, FakeService

MIB = 1 << 20
CONTENT = os.urandom(MIB // 2).hex().encode() * 20
RANGE = 8 * MIB


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.keep("file-1", CONTENT)
    return service


def get(service: FakeService, home: Path, *arguments: str) -> Any:
    with served(service) as base_url:
        return Linegate(home, base_url, KEY)("get", "file-1", *arguments)


def stop_after(service: FakeService, ranges: int) -> None:
    """Later ranges are refused: the command fails and keeps what it has."""
    seen: list[str] = []

    def fault(asked: Asked) -> Any:
        if not asked.to_storage:
            return None
        seen.append(asked.url)
        return ConnectionResetError() if len(seen) > ranges else None

    service.fault = fault


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_DELAY_S", 0.01)


def test_the_sha256_is_compared_whatever_the_etag_is(service: FakeService, tmp_path: Path) -> None:
    ended = get(service, tmp_path, "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["verified"] == "sha256"
    assert (tmp_path / "kept.jsonl").read_bytes() == CONTENT


def test_other_bytes_than_those_stored_are_not_kept(service: FakeService, tmp_path: Path) -> None:
    service.contents["file-1"] = CONTENT[::-1]
    ended = get(service, tmp_path)
    assert ended.returncode == 5
    assert "SHA-256" in ended.stderr
    assert list(tmp_path.glob("*.jsonl*")) == []


def test_a_file_without_a_sha256_is_compared_by_its_size(
    service: FakeService, tmp_path: Path
) -> None:
    service.files["file-1"]["sha256"] = None
    ended = get(service, tmp_path, "--json")
    assert json.loads(ended.stdout)["verified"] == "size"


def test_standard_output_is_compared_too(service: FakeService, tmp_path: Path) -> None:
    service.contents["file-1"] = CONTENT[::-1]
    ended = get(service, tmp_path, "-o", "-")
    assert ended.returncode == 5
    assert "SHA-256" in ended.stderr


def test_a_resumed_download_asks_for_the_rest(service: FakeService, tmp_path: Path) -> None:
    stop_after(service, 1)
    assert get(service, tmp_path, "-p", "1").returncode == 5
    service.fault = None
    service.asked.clear()
    assert get(service, tmp_path).returncode == 0
    ranges = [asked.headers["range"] for asked in service.asked if asked.to_storage]
    assert set(ranges) == {f"bytes={RANGE}-{2 * RANGE - 1}", f"bytes={2 * RANGE}-20971519"}
    assert len(ranges) == 2
    assert (tmp_path / "kept.jsonl").read_bytes() == CONTENT


def test_a_resumed_download_reads_what_is_on_disk_again(
    service: FakeService, tmp_path: Path
) -> None:
    stop_after(service, 1)
    assert get(service, tmp_path, "-p", "1").returncode == 5
    (part,) = tmp_path.glob("kept.jsonl*.part")
    with part.open("r+b") as file:
        file.write(b"changed")
    service.fault = None
    ended = get(service, tmp_path)
    assert ended.returncode == 5
    assert "SHA-256" in ended.stderr
    assert get(service, tmp_path).returncode == 0
    assert (tmp_path / "kept.jsonl").read_bytes() == CONTENT


def test_a_part_file_of_somebody_else_is_left_alone(service: FakeService, tmp_path: Path) -> None:
    theirs = tmp_path / "kept.jsonl.part"
    theirs.write_bytes(b"mine")
    assert get(service, tmp_path).returncode == 0
    assert theirs.read_bytes() == b"mine"
    assert (tmp_path / "kept.jsonl").read_bytes() == CONTENT


def test_a_link_of_somebody_else_is_not_followed(service: FakeService, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    (tmp_path / "kept.jsonl.part").symlink_to(precious)
    assert get(service, tmp_path).returncode == 0
    assert precious.read_bytes() == b"mine"
    assert (tmp_path / "kept.jsonl.part").is_symlink()


def test_a_part_file_that_was_swapped_for_a_link_is_not_followed(
    service: FakeService, tmp_path: Path
) -> None:
    stop_after(service, 1)
    assert get(service, tmp_path, "-p", "1").returncode == 5
    (part,) = tmp_path.glob("kept.jsonl*.part")
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    part.unlink()
    part.symlink_to(precious)
    service.fault = None
    assert get(service, tmp_path).returncode == 0
    assert precious.read_bytes() == b"mine"
    assert (tmp_path / "kept.jsonl").read_bytes() == CONTENT


def test_quiet_prints_nothing_but_the_path_needs_no_terminal(
    service: FakeService, tmp_path: Path
) -> None:
    assert get(service, tmp_path, "-q").stdout == "file-1\n"
