"""`linegate check`, from a wheel in an environment that holds a parser and no HTTP library.

Without the network: the wheel is built by what is installed here, and what it needs is copied from
here.
"""

import json
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

UV = (sys.executable, "-m", "uv")
CLIENT = Path(__file__).parents[3] / "client"
CHECKER = CLIENT / "src" / "linegate" / "jsonl"
VALID = b'{"custom_id":"%d","method":"POST","url":"/v1/embeddings","body":{"model":"m"}}\n'


def run(*command: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(list(map(str, command)), input=stdin, capture_output=True, check=False)
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def needed_by(*names: str) -> set[str]:
    """These distributions and all that they need, which are installed here."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name in found:
            continue
        found.add(name)
        required = map(Requirement, metadata.requires(name) or ())
        left += [r.name for r in required if not r.marker or r.marker.evaluate({"extra": ""})]
    return found


def copy_distribution(name: str, packages: Path) -> None:
    for file in metadata.files(name) or ():
        if ".." not in file.parts:
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(file.locate()), target)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    offline = ("--offline", "--no-build-isolation", "--python", sys.executable)
    built = run(*UV, "build", "-q", "--wheel", *offline, "--out-dir", folder, CLIENT)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def linegate(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installed command."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment)
    python = environment / "bin" / "python"
    offline = ("--offline", "--no-deps", "--python", python)
    installed = run(*UV, "pip", "install", "-q", *offline, wheel)
    assert installed.returncode == 0, installed.stderr
    (packages,) = environment.glob("lib/python*/site-packages")
    for name in needed_by("msgspec", "typer"):
        copy_distribution(name, packages)
    assert not (packages / "httpx").exists()
    return environment / "bin" / "linegate"


@pytest.fixture
def valid(tmp_path: Path) -> Path:
    path = tmp_path / "valid.jsonl"
    path.write_bytes(b"".join(VALID % number for number in range(1200)))
    return path


@pytest.fixture
def invalid(tmp_path: Path) -> Path:
    path = tmp_path / "inválid.jsonl"
    path.write_bytes(VALID % 1 + b"\n" + VALID % 1 + b"{}\n")
    return path


def test_wheel_asks_for_little(wheel: Path) -> None:
    """Everybody gets three packages; the check, here without httpx, needs two."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = archive.read(name).decode()
    required = re.findall(r"^Requires-Dist: ([a-z0-9]+)[^;\n]*$", metadata, re.MULTILINE)
    assert required == ["httpx", "msgspec", "typer"]


def test_wheel_holds_the_checker_and_its_types(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {f"linegate/jsonl/{path.name}" for path in CHECKER.glob("*.py")}
    assert modules
    assert modules <= names
    assert "linegate/py.typed" in names


def test_valid_file_exits_0(linegate: Path, valid: Path) -> None:
    done = run(linegate, "check", valid)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{valid}: valid, 1,200 requests, {valid.stat().st_size:,} bytes, m\n"


def test_invalid_file_exits_1_and_names_lines(linegate: Path, invalid: Path) -> None:
    done = run(linegate, "check", invalid, "--max-errors", "2")
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"{invalid}: 5 errors in 3 requests"
    assert lines[1].startswith("  line 3  duplicate_custom_id: ")
    assert lines[2].startswith("  line 4  missing_required_parameter: custom_id ")
    assert lines[3:] == [
        "  and 3 more errors (--all lists them); "
        "in all 1 duplicate_custom_id, 4 missing_required_parameter"
    ]


def test_file_that_cannot_be_read_exits_2_and_the_others_are_checked(
    linegate: Path, valid: Path, invalid: Path
) -> None:
    done = run(linegate, "check", valid.parent / "absent", invalid, valid.parent, valid)
    assert done.returncode == 2
    assert "absent: cannot be read: No such file" in done.stderr
    assert f"{invalid}: 5 errors" in done.stdout
    assert f"{valid}: valid" in done.stdout


def test_json_has_the_shape_of_the_service_s_report(
    linegate: Path, valid: Path, invalid: Path
) -> None:
    done = run(linegate, "check", "--json", valid, invalid)
    assert done.returncode == 1
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {
        "object": "file.validation",
        "file": str(valid),
        "valid": True,
        "lines": 1200,
        "requests": 1200,
        "bytes": valid.stat().st_size,
        "models": ["m"],
        "error_count": 0,
        "errors": {"object": "list", "data": []},
    }
    assert second["errors"]["data"][0]["line"] == 3
    assert second["errors"]["data"][0]["param"] == "custom_id"


def test_standard_input_is_read_for_a_dash(linegate: Path) -> None:
    done = run(linegate, "check", "-", stdin=VALID % 1)
    assert done.returncode == 0
    assert done.stdout.startswith("-: valid, 1 request, ")


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--max-requests", "1200"], 0),
        (["--max-requests", "1199"], 1),
        (["--max-line-bytes", "79"], 1),
        (["--max-line-bytes", "80"], 0),
        (["--url", "/v1/other"], 1),
        (["--purpose", "batch_output"], 0),
        (["--md5", "0" * 32], 1),
        (["--md5", "nonsense"], 2),
        (["--max-requests", "0"], 2),
    ],
)
def test_options_change_the_limits(
    linegate: Path, valid: Path, options: list[str], status: int
) -> None:
    assert run(linegate, "check", valid, *options).returncode == status


def test_mixed_models_are_allowed_when_asked(linegate: Path) -> None:
    mixed = VALID % 1 + (VALID % 2).replace(b'"m"', b'"n"')
    assert run(linegate, "check", "-", stdin=mixed).returncode == 1
    assert run(linegate, "check", "-", "--mixed-models", stdin=mixed).returncode == 0
