"""Sets the checkout up: `python local/environment.py`, by any Python that the Makefile found.

It makes .venv (everything that builds, tests and deploys), node_modules (the CDK command line) and
.local/venv (the emulator), each only when its lock file changed since. With the word `scanner` it
makes .local/checkov too, which nothing but `make scan` needs, and with `release` .local/release,
for `make release`. Standard library only, and run before anything is installed, so it imports
nothing of the project.

The only download by pip is uv, pinned with hashes like all else; uv fetches the rest in seconds.
"""

import functools
import hashlib
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
RUN = ROOT / ".local"
LOG = RUN / "setup.log"
PACKAGES = ("requirements-dev.txt", "client/pyproject.toml")
"""The client is installed as well: its commands are named in its own file."""

OLDEST, NEWEST = (3, 11), (3, 14)
"""The Python versions that Lambda has and the project is tested on."""


class SetupError(Exception):
    """Ends the set-up with this one line."""


def main() -> int:
    RUN.mkdir(exist_ok=True)
    LOG.write_bytes(b"")
    began = time.monotonic()
    steps = [
        ("Python packages", PACKAGES, VENV, _install_packages),
        ("CDK command line", ("package-lock.json",), ROOT / "node_modules", _install_cdk),
        ("AWS emulator", ("local/requirements.txt",), RUN / "venv", _install_emulator),
    ]
    if "scanner" in sys.argv:
        lock = "tests/scan/requirements.txt"
        steps.append(("Template scanner", (lock,), RUN / "checkov", _install_scanner))
    if "release" in sys.argv:
        lock = "release/requirements.txt"
        steps.append(("Release tools", (lock,), RUN / "release", _install_release_tools))
    try:
        for name, locks, folder, install in steps:
            _step(name, locks, folder, install)
    except SetupError as error:
        print(f"linegate: {error}", file=sys.stderr)
        return 1
    print(f"Set up in {time.monotonic() - began:.0f} s.", flush=True)
    return 0


def _step(name: str, locks: Sequence[str], folder: Path, install: Callable[[], None]) -> None:
    """Install, unless the folder already holds exactly what the locks say."""
    digest = hashlib.sha256(sys.version.encode() + platform.machine().encode())
    for lock in locks:
        digest.update((ROOT / lock).read_bytes())
    stamp = folder / ".linegate-lock"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    print(f"Installing: {name} …", flush=True)
    install()
    stamp.write_text(digest.hexdigest())


def _install_packages() -> None:
    if not (OLDEST <= sys.version_info[:2] <= NEWEST):
        raise SetupError(f"Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]} is needed")
    requirement = _locked_version(ROOT / "requirements.txt", "uv")
    python = str(VENV / "bin" / "python")
    its_python = _output(python, "-c", "import sys; print(sys.version)")
    its_uv = _output(VENV / "bin" / "uv", "--version").split()[1:2]
    if its_python != sys.version or not requirement.startswith(f"uv=={''.join(its_uv)} "):
        _make_venv()
        pinned = RUN / "uv.txt"
        pinned.write_text(requirement)
        pip = (python, "-m", "pip")
        _run([*pip, "install", "--quiet", "--require-hashes", "-r", str(pinned)], "install uv")
    _sync(VENV, ROOT / "requirements-dev.txt")
    uv = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", python]
    client = ["--no-deps", "--no-build-isolation", "--offline", "--editable", str(ROOT / "client")]
    _run([*uv, *client], "install the command line")


def _make_venv() -> None:
    try:
        import ensurepip
        import venv
    except ImportError as error:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SetupError(
            f"{sys.executable} cannot make virtual environments: install its venv module "
            f"(Debian and Ubuntu: apt install python{version}-venv)"
        ) from error
    del ensurepip
    venv.create(VENV, with_pip=True, clear=True, symlinks=True, prompt="linegate")


def _install_cdk() -> None:
    _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], "install the CDK")


def _install_emulator() -> None:
    _install_apart(RUN / "venv", ROOT / "local" / "requirements.txt")


def _install_scanner() -> None:
    _install_apart(RUN / "checkov", ROOT / "tests" / "scan" / "requirements.txt")


def _install_release_tools() -> None:
    _install_apart(RUN / "release", ROOT / "release" / "requirements.txt")


def _install_apart(venv: Path, lock: Path) -> None:
    """What pins another botocore than ours, in an environment of its own."""
    uv = str(VENV / "bin" / "uv")
    python = str(VENV / "bin" / "python")
    _run([uv, "venv", "--quiet", "--clear", "--python", python, str(venv)], "make a venv")
    _sync(venv, lock)


def _sync(venv: Path, lock: Path) -> None:
    """Make the environment hold what the lock says and nothing else."""
    uv = str(VENV / "bin" / "uv")
    python = str(venv / "bin" / "python")
    command = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, str(lock)]
    _run(command, f"install {lock.relative_to(ROOT)}")


def _locked_version(lock: Path, package: str) -> str:
    """The lines of one package in a lock file, hashes and all."""
    found = re.search(rf"^{package}==.*(?:\n +--hash.*)+", lock.read_text(), re.MULTILINE)
    if found is None:
        raise SetupError(f"{lock.relative_to(ROOT)} does not pin {package}: run make lock")
    return found[0] + "\n"


def _output(*command: str | Path) -> str:
    """What the command prints; nothing when it does not run."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


@functools.cache
def _pip_index() -> str:
    """The package index that this machine is configured for, if any; uv does not read pip's."""
    return _output(VENV / "bin" / "python", "-m", "pip", "config", "get", "global.index-url")


def _run(command: Sequence[str], what: str) -> None:
    """Run with the environment's programs first, output to the log. Raises SetupError."""
    environment = os.environ | {
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "UV_NO_PROGRESS": "1",
    }
    environment.pop("VIRTUAL_ENV", None)
    if authority := environment.get("SSL_CERT_FILE"):  # uv's; pip and npm have names of their own
        environment.setdefault("PIP_CERT", authority)
        environment.setdefault("NODE_EXTRA_CA_CERTS", authority)
    if (index := _pip_index()) and "UV_INDEX_URL" not in environment:
        environment.setdefault("UV_DEFAULT_INDEX", index)
    before = LOG.stat().st_size if LOG.exists() else 0
    try:
        with LOG.open("a") as log:
            subprocess.run(command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        said = LOG.read_bytes()[before:].decode(errors="replace")
        raise SetupError(f"could not {what}: {_explain(said)}") from error


UNTRUSTED = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|UnknownIssuer|invalid peer certificate|SELF_SIGNED_CERT"
    r"|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|self.signed certificate",
    re.IGNORECASE,
)
"""What pip, uv and npm print where a proxy answers with a certificate of its own."""


def _explain(output: str) -> str:
    if UNTRUSTED.search(output):
        return (
            "a certificate is not trusted, as behind a proxy that intercepts TLS; set "
            "SSL_CERT_FILE to a PEM file with the proxy's CA certificate and run it again"
        )
    return (
        "is the network there? .local/setup.log has the details; run the same command again to "
        "resume"
    )


if __name__ == "__main__":
    sys.exit(main())
