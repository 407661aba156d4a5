"""The client's packages: wheel and source distribution for Python, a tarball for npm."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = Path(sys.executable).parent


class ReleaseError(RuntimeError):
    """An artifact could not be built; the message is one line."""


def write_python_packages(folder: Path, epoch: int) -> None:
    """Wheel and sdist. The wheel is built from the sdist, so both hold the same code."""
    command = [SCRIPTS / "uv", "build", "--quiet", "--no-build-isolation", "--offline"]
    _run([*map(str, command), "--out-dir", str(folder), "."], ROOT / "client", epoch)
    (folder / ".gitignore").unlink(missing_ok=True)  # uv's


def write_npm_package(folder: Path, epoch: int) -> None:
    command = [str(SCRIPTS / "npm"), "pack", "--silent", "--pack-destination", str(folder)]
    _run(command, ROOT / "client" / "node", epoch)


def write_sbom(folder: Path, prefix: str, epoch: int) -> None:
    """CycloneDX: what the functions' zip contains besides this project, from the lock file."""
    command = [str(ROOT / ".local/release/bin/cyclonedx-py"), "requirements"]
    command += ["--pyproject", str(ROOT / "client" / "pyproject.toml"), "--output-reproducible"]
    command += ["--output-format", "JSON", "--output-file", str(folder / f"{prefix}.cdx.json")]
    _run([*command, str(ROOT / "lambdas" / "requirements.txt")], ROOT, epoch)


def _run(command: Sequence[str], folder: Path, epoch: int) -> None:
    path = f"{SCRIPTS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment: Mapping[str, str] = os.environ | {"SOURCE_DATE_EPOCH": str(epoch), "PATH": path}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = " ".join((done.stderr or done.stdout).split())
        raise ReleaseError(f"{Path(command[0]).name} failed: {reason}")
