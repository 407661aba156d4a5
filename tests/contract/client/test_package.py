"""The package as somebody else gets it: built, and installed where nothing else is."""

import os
import sys
import zipfile
from pathlib import Path

import pytest

from local.layout import ROOT
from tests.contract.client.conftest import run

UV = (sys.executable, "-m", "uv")
LOCK = ROOT / "requirements-dev.txt"

TYPED = """\
import linegate
from openai import AsyncOpenAI, OpenAI

def on_progress(progress: linegate.Progress) -> None:
    print(progress.filename, progress.sent_bytes / progress.total_bytes)

client = OpenAI(api_key="k", http_client=linegate.http_client(progress=on_progress, wait_s=5))
other = AsyncOpenAI(api_key="k", http_client=linegate.async_http_client(proxy=None))
reveal_type(linegate.http_client())
wrong: int = linegate.http_client()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(*UV, "build", "-q", "--no-build-isolation", "--out-dir", folder, ROOT / "client")
    (wheel,) = folder.glob("*.whl")
    assert len(list(folder.glob("*.tar.gz"))) == 1
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment's Python. What the package needs is as new as what is tested here."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    run(*UV, "venv", "-q", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    versions = folder / "versions.txt"
    pinned = [line.split(" ")[0] for line in LOCK.read_text().splitlines() if "==" in line]
    versions.write_text("\n".join(pinned))
    run(*UV, "pip", "install", "-q", "--python", python, "-c", versions, wheel)
    return python


def test_the_wheel_holds_the_checker_the_types_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for name in ("jsonl/checking.py", "api_keys/item.py", "py.typed", "cli/upload.py"):
        assert f"linegate/{name}" in names
    assert not [name for name in names if "test" in name or "lambdas" in name]


def test_every_command_explains_itself(installed: Path) -> None:
    linegate = installed.with_name("linegate")
    helped = run(linegate, "--help")
    for command in ("upload", "ls", "show", "get", "rm", "login", "logout", "check"):
        assert command in helped
        assert "--help" in run(linegate, command, "--help")
    for status in ("0 done", "1 a file is not valid", "3 no API key", "130 interrupted"):
        assert status in " ".join(helped.split())


@pytest.mark.parametrize(
    ("shell", "mark"),
    [("bash", "complete -o"), ("zsh", "#compdef linegate"), ("fish", "complete --command")],
)
def test_shells_get_completion(installed: Path, shell: str, mark: str) -> None:
    """A person's shell is found by itself; here it is named, because make calls from `sh`."""
    named = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    shown = run(installed.with_name("linegate"), "--show-completion", shell, env=named)
    assert "_LINEGATE_COMPLETE" in shown
    assert mark in shown


def test_the_client_works_without_any_sdk(installed: Path) -> None:
    code = "import linegate; print(type(linegate.http_client()).__mro__)"
    assert "'httpx.Client'" in run(installed, "-c", code)


def test_the_check_imports_no_http_library(installed: Path) -> None:
    code = "import sys, linegate; linegate.check; print('httpx' in sys.modules)"
    assert run(installed, "-c", code).strip() == "False"


def test_it_is_typed_from_the_outside(installed: Path, tmp_path: Path) -> None:
    run(*UV, "pip", "install", "-q", "--python", installed, "openai>=3")
    script = tmp_path / "script.py"
    script.write_text(TYPED)
    mypy = (sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-incremental")
    checked = run(
        "sh", "-c", '"$@" || true', "mypy", *mypy, "--python-executable", installed, script
    )
    found = [line.split(": ", 1)[1] for line in checked.splitlines()[:-1]]
    assert found == [
        'note: Revealed type is "httpx2._client.Client"',
        'error: Incompatible types in assignment (expression has type "Client", '
        'variable has type "int")  [assignment]',
    ]
