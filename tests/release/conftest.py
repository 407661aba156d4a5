"""A release, built twice, and an emulator with nothing in it to deploy the release into."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.emulator import aws_environment
from local.layout import ROOT
from tests.ports import free_port

START_TIMEOUT_S = 60
BUILD_TIMEOUT_S = 240
EPOCH = "1767225600"


@dataclass(frozen=True)
class Release:
    """The artifacts of one build."""

    folder: Path

    def only(self, pattern: str) -> Path:
        (path,) = self.folder.glob(pattern)
        return path

    @property
    def functions(self) -> Path:
        return self.only("*-functions-*.zip")

    @property
    def template(self) -> Path:
        return self.only("*-template.json")


def run(*command: str | Path, **options: object) -> str:
    """A command's output. Fails the test with all that it printed."""
    ran = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    return str(ran.stdout)


@pytest.fixture(scope="session")
def port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory, port: int) -> Release:
    """Built for the emulator: that is a setting, as others are."""
    return build(tmp_path_factory.mktemp("first"), port)


@pytest.fixture(scope="session")
def again(tmp_path_factory: pytest.TempPathFactory, port: int) -> Release:
    return build(tmp_path_factory.mktemp("second"), port)


def build(folder: Path, port: int) -> Release:
    settings = ("target=local", f"local_endpoint=http://127.0.0.1:{port}", "retention_s=7200")
    context = [word for setting in settings for word in ("-c", setting)]
    run(
        sys.executable,
        "-m",
        "release",
        *context,
        "--output",
        folder,
        cwd=ROOT,
        env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH},
        timeout=BUILD_TIMEOUT_S,
    )
    return Release(folder)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[dict[str, str]]:
    """An empty emulator; the environment that points AWS clients at it."""
    folder = tmp_path_factory.mktemp("emulator")
    code = f"from local import emulator; print(emulator.start({port}, attached=False))"
    started = run(
        sys.executable,
        "-c",
        code,
        cwd=ROOT,
        env=os.environ | {"LINEGATE_RUN_FOLDER": str(folder)},
        timeout=START_TIMEOUT_S,
    )
    pid = int(started)
    try:
        yield os.environ | aws_environment(port)
    finally:
        os.killpg(pid, signal.SIGKILL)  # with its functions
