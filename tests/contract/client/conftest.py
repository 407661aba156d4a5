"""What the client is tried with: large files, and the SDKs that cannot be installed beside ours."""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.layout import ROOT
from tests.contract.lines import batch_of, request_line

HERE = Path(__file__).parent
RUN = ROOT / ".local"
MIB = 1 << 20


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid file of two parts."""
    path = tmp_path_factory.mktemp("large") / "large.jsonl"
    path.write_bytes(batch_of(10 * MIB))
    return path


@pytest.fixture(scope="session")
def largest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A valid file of exactly 200 MiB."""
    path = tmp_path_factory.mktemp("largest") / "largest.jsonl"
    with path.open("wb") as file:
        left = 200 * MIB
        for number in range(50_000):
            if left < 10_000:
                break
            left -= file.write(request_line(f"request-{number:06}", "x" * 5_000))
        file.write(request_line("last", "x" * (left - len(request_line("last", "")))))
    assert path.stat().st_size == 200 * MIB
    yield path
    path.unlink()


@pytest.fixture(scope="session")
def openai2() -> Path:
    """A Python with the generation of the SDK that is built on httpx."""
    python = RUN / "openai2" / "bin" / "python"
    lock = HERE / "openai2.txt"
    uv = (sys.executable, "-m", "uv")

    def install() -> None:
        run(*uv, "venv", "--quiet", "--clear", "--python", sys.executable, RUN / "openai2")
        run(*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock)

    once(RUN / "openai2", lock, install)
    return python


@pytest.fixture(scope="session")
def openai_node() -> Path:
    """A folder in which Node finds the SDK."""
    folder = RUN / "openai-node"
    lock = HERE / "node" / "package-lock.json"

    def install() -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_bytes((HERE / "node" / name).read_bytes())
        npm = Path(sys.executable).with_name("npm")
        run(npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)

    once(folder, lock, install)
    return folder


def once(folder: Path, lock: Path, install: Callable[[], None]) -> None:
    """Install what a lock says, unless that was the last thing to be installed there."""
    stamp = folder / ".linegate-lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    install()
    stamp.write_text(digest)


def run(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """What it printed. Fails the test if it failed."""
    ran = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        pytest.fail(f"{command}: {ran.stdout}{ran.stderr}")
    return ran.stdout
