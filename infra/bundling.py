"""The functions' code: one bundle for all of them, built without a container engine.

    wheels for the platform ── stripped, byte-compiled, kept in build/bundles/<hash of the inputs>
    lambdas/ and SHARED     ── byte-compiled again for each bundle, in less than a second
    console/                ── bundled for browsers (infra/console.py)

The same inputs give the same bytes, so an unchanged bundle is not uploaded again. Byte-code is
shipped because importing without it takes 3 to 4 times longer; it is marked unchecked, for Lambda
gives files other times than they had. It fits one minor version of Python, the one that the
functions run on. Where that is not the version in use here, another interpreter on this machine
compiles; without one the bundle has no byte-code at all, and a warning says so.
"""

import ast
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import jsii
from aws_cdk import Annotations, AssetHashType, BundlingOptions, DockerImage, ILocalBundling, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import trimming
from infra.bundling_error import BundlingError
from infra.console import FOLDER, build_page
from infra.shared_code import PACKAGE, SHARED

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "lambdas"
REQUIREMENTS = SOURCES / "requirements.txt"
CLIENTS = SOURCES / "clients.py"
CACHE = ROOT / "build" / "bundles"

RUNTIMES = {
    "3.11": lambda_.Runtime.PYTHON_3_11,
    "3.12": lambda_.Runtime.PYTHON_3_12,
    "3.13": lambda_.Runtime.PYTHON_3_13,
    "3.14": lambda_.Runtime.PYTHON_3_14,
}

HOST_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

WHEEL_PLATFORMS = {"arm64": "aarch64-manylinux_2_17", "x86_64": "x86_64-manylinux_2_17"}
"""Wheels of this age load on every runtime: Python 3.11's has glibc 2.26, the newer ones' 2.34."""

CLIENT_FACTORY = "_session().create_client"
"""The call that opens a client of the service named by its first argument."""


def aws_services() -> frozenset[str]:
    """The services that lambdas/clients.py opens clients of, read from its source.

    botocore's models of all others, four fifths of its size, stay out of the bundle. Importing the
    module instead would need boto3 wherever the stack is synthesized.
    """
    calls = [
        node
        for node in ast.walk(ast.parse(CLIENTS.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == CLIENT_FACTORY
    ]
    services = [call.args[0] for call in calls if call.args]
    named = [s.value for s in services if isinstance(s, ast.Constant) and isinstance(s.value, str)]
    if not named or len(named) != len(calls):
        raise BundlingError(f"every {CLIENT_FACTORY}() must name its service literally: {CLIENTS}")
    return frozenset(named)


def lambda_runtime(
    architecture: str, python_version: str
) -> tuple[lambda_.Runtime, lambda_.Architecture]:
    """Lambda's names of both; `host` stands for this machine's. Raises BundlingError."""
    wanted = _minor(python_version)
    runtime = RUNTIMES.get(wanted)
    if runtime is None:
        known = ", ".join(RUNTIMES)
        raise BundlingError(f"run this with a Python that Lambda has ({known}), not {wanted}")
    if architecture == "host":
        architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    if architecture == "arm64":
        return runtime, lambda_.Architecture.ARM_64
    return runtime, lambda_.Architecture.X86_64


def lambda_code(scope: Construct, architecture: str, python_version: str) -> lambda_.Code:
    """The bundle as an asset. Raises BundlingError where it is needed and cannot be built.

    Its wheels are fetched here, not when the CDK asks, so that a failure is one line and not a
    stack trace through two languages.
    """
    if Stack.of(scope).bundling_required:
        wheels(architecture, python_version)
        if warning := no_byte_code_warning(python_version):
            Annotations.of(scope).add_warning_v2("linegate:no-byte-code", warning)
    return lambda_.Code.from_asset(
        str(SOURCES),
        exclude=["**/__pycache__"],
        asset_hash_type=AssetHashType.OUTPUT,
        bundling=BundlingOptions(
            image=DockerImage.from_registry("unused"),  # demanded, never pulled
            local=_LocalBundle(architecture, python_version),
        ),
    )


@jsii.implements(ILocalBundling)
class _LocalBundle:
    def __init__(self, architecture: str, python_version: str) -> None:
        self._architecture = architecture
        self._python_version = python_version

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        build(self._architecture, self._python_version, Path(output_dir))
        return True


def build(architecture: str, python_version: str, target: Path) -> None:
    """Fill `target` with wheels, sources and their byte-code: what a function's zip holds."""
    shutil.copytree(
        wheels(architecture, python_version), target, dirs_exist_ok=True, copy_function=_link
    )
    ignored = shutil.ignore_patterns("__pycache__", "requirements.*", ".*")
    shutil.copytree(SOURCES, target / SOURCES.name, ignore=ignored)
    (target / PACKAGE.name).mkdir()
    for name in SHARED:
        shared, copy = PACKAGE / name, target / PACKAGE.name / name
        if shared.is_dir():
            shutil.copytree(shared, copy, ignore=ignored)
        else:
            shutil.copy2(shared, copy)
    build_page(target / FOLDER)
    for sources in (SOURCES, PACKAGE):
        _compile(target / sources.name, target, python_version)
    _let_all_read(target)


def wheels(architecture: str, python_version: str) -> Path:
    """The installed, stripped and compiled wheels; needs the network only for the first time."""
    target = CACHE / f"{architecture}-{_inputs_hash(architecture, python_version)}"
    if not target.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE, prefix="making-") as room:
            tree = Path(room) / "wheels"
            _install(architecture, python_version, tree)
            trimming.trim(tree, aws_services())
            _compile(tree, tree, python_version)
            _let_all_read(tree)
            try:
                tree.rename(target)
            except OSError:
                if not target.exists():  # else another synth was faster: same bytes
                    raise
    return target


def _minor(python_version: str) -> str:
    return HOST_PYTHON if python_version == "host" else python_version


@functools.cache
def interpreter(minor: str) -> str | None:
    """A Python of this minor version that is installed here."""
    if minor == HOST_PYTHON:
        return sys.executable
    done = _run([_uv(), "python", "find", "--no-project", "--no-python-downloads", minor])
    return done.stdout.strip() if done.returncode == 0 else None


def no_byte_code_warning(python_version: str) -> str | None:
    """What to tell a deployer whose machine cannot compile for this Python; None if it can."""
    if interpreter(_minor(python_version)) is not None:
        return None
    return (
        f"the bundle has no byte-code, so imports take 3 to 4 times as long: Python "
        f"{python_version}, which would compile it, is not installed here. "
        f"Run uv python install {python_version}, or set python_version={HOST_PYTHON}"
    )


def _inputs_hash(architecture: str, python_version: str) -> str:
    host = f"{platform.system()} {platform.machine()}" if architecture == "host" else ""
    sources = (REQUIREMENTS, Path(__file__), Path(trimming.__file__))
    services = " ".join(sorted(aws_services()))
    minor = _minor(python_version)
    compiled = interpreter(minor) is not None
    about = f"{architecture} {host} {minor} {compiled} {services}".encode()
    parts = (about, *(source.read_bytes() for source in sources))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise BundlingError("uv is missing: install requirements.txt into the environment in use")
    return uv


def _install(architecture: str, python_version: str, target: Path) -> None:
    command = [
        _uv(),
        "pip",
        "install",
        "--quiet",
        "--color",
        "never",
        "--target",
        str(target),
        "--link-mode",
        "copy",
    ]
    command += ["--python", sys.executable, "--python-version", _minor(python_version)]
    command += ["--only-binary", ":all:", "--require-hashes"]
    command += ["--no-deps", "--requirement", str(REQUIREMENTS)]
    if architecture in WHEEL_PLATFORMS:
        command += ["--python-platform", WHEEL_PLATFORMS[architecture]]
    done = _run(command)
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"exit status {done.returncode}"
        if "certificate" in reason:
            reason += "; behind a proxy that intercepts TLS, set SSL_CERT_FILE to its CA (PEM)"
        raise BundlingError(f"the functions' wheels could not be installed: {reason}")


def _compile(tree: Path, root: Path, python_version: str) -> None:
    """Byte-compile, where the Python for it is installed here.

    Paths relative to `root` and a process of its own with a fixed hash seed make the bytes depend
    on the sources alone.
    """
    found = interpreter(_minor(python_version))
    if found is None:
        return
    command = [found, "-m", "compileall", "-q", "-f", "-s", str(root)]
    command += ["--invalidation-mode", "unchecked-hash", str(tree)]
    done = _run(command)
    if done.returncode:
        raise BundlingError(f"a module does not compile: {' '.join(done.stdout.split())}")


def _let_all_read(tree: Path) -> None:
    """Lambda runs the functions as a user of its own, whatever umask the bundle was made under."""
    for path in (tree, *tree.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.run(  # noqa: S603  # every word of the commands is ours
        command, capture_output=True, text=True, check=False, env=environment
    )


def _link(source: str, target: str) -> None:
    """A hard link, or a copy where the file system has none between the two places."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
