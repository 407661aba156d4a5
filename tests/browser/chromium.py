"""A headless Chromium: this machine's own, or the one that an npm package carries.

tests/browser/node pins both that and axe-core. Playwright's own download is not used.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from local.layout import RUN
from tests.conformance.browser import find_browser
from tests.conformance.server import Absent

NODE = Path(__file__).parent / "node"
UNPACKED = RUN / "chromium"
LIBRARIES = "al2023/lib"
AS_ON_LAMBDA = {"AWS_EXECUTION_ENV": "AWS_Lambda_nodejs22.x"}
"""Only there does the package unpack the libraries that a bare machine lacks, too."""


class Chromium(NamedTuple):
    program: str
    environment: dict[str, str]


def chromium() -> Chromium:
    """Raises Absent where there is none and npm has none for this machine."""
    try:
        found = find_browser()
    except Absent:
        return _unpack()
    _install("--omit=optional")
    return Chromium(found, dict(os.environ))


def axe() -> str:
    """The source of axe-core, which is there once there is a browser."""
    return (NODE / "node_modules" / "axe-core" / "axe.min.js").read_text()


def _unpack() -> Chromium:
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Absent("there is no browser here: install chromium (Debian: chromium-headless-shell)")
    _install()
    UNPACKED.mkdir(parents=True, exist_ok=True)
    program = _run("node", "unpack.mjs", TMPDIR=str(UNPACKED), **AS_ON_LAMBDA).strip()
    libraries = str(UNPACKED / LIBRARIES)
    return Chromium(program, {**os.environ, "LD_LIBRARY_PATH": libraries})


def _install(*options: str) -> None:
    written = NODE / "node_modules" / ".package-lock.json"
    wanted = [NODE / "node_modules" / "axe-core"]
    if not options:
        wanted.append(NODE / "node_modules" / "@sparticuz" / "chromium")
    lock = NODE / "package-lock.json"
    current = written.exists() and written.stat().st_mtime >= lock.stat().st_mtime
    if not (current and all(path.exists() for path in wanted)):
        _run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", *options)


def _run(*command: str, **variables: str) -> str:
    scripts = Path(sys.executable).parent
    path = f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment = {**os.environ, "PATH": path, **variables}
    return subprocess.run(
        command, cwd=NODE, env=environment, check=True, capture_output=True, text=True
    ).stdout
