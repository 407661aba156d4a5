"""The lock files: complete, of one resolution, and free of addresses."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = ROOT / "requirements-dev.txt"
DEPLOYED = [
    ROOT / "requirements.txt",
    ROOT / "lambdas" / "requirements.txt",
    ROOT / "client" / "relay.txt",
]
APART = [
    ROOT / "local" / "requirements.txt",
    ROOT / "release" / "requirements.txt",
    ROOT / "tests" / "scan" / "requirements.txt",
    ROOT / "tests" / "contract" / "client" / "openai2.txt",
]
LOCKS = [EVERYTHING, *DEPLOYED, *APART]
NPM = [
    ROOT / "package-lock.json",
    ROOT / "tests" / "contract" / "node" / "package-lock.json",
    ROOT / "tests" / "contract" / "client" / "node" / "package-lock.json",
    ROOT / "tests" / "browser" / "node" / "package-lock.json",
]

PINNED = re.compile(
    r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)(?P<rest>.*(?:\n +--hash.*)*)", re.MULTILINE
)


def versions(lock: Path) -> set[tuple[str, str]]:
    return {(pin["name"], pin["version"]) for pin in PINNED.finditer(lock.read_text())}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("lock", LOCKS, ids=relative)
def test_every_package_is_pinned_with_hashes(lock: Path) -> None:
    names = re.findall(r"^[a-z].*", lock.read_text(), re.MULTILINE)
    pins = list(PINNED.finditer(lock.read_text()))
    assert len(pins) == len(names) > 0
    assert all("--hash=sha256:" in pin["rest"] for pin in pins)


@pytest.mark.parametrize("lock", DEPLOYED, ids=relative)
def test_what_is_deployed_is_what_is_tested(lock: Path) -> None:
    assert versions(lock) <= versions(EVERYTHING)


@pytest.mark.parametrize("lock", [*LOCKS, *NPM], ids=relative)
def test_no_lock_names_a_registry(lock: Path) -> None:
    assert not re.search(r"https?://|index-url|\"resolved\"", lock.read_text())


@pytest.mark.parametrize("lock", NPM, ids=relative)
def test_every_npm_package_has_its_integrity(lock: Path) -> None:
    packages = json.loads(lock.read_text())["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
