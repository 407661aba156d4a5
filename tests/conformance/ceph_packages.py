"""RadosGW from the distribution's packages: downloaded and unpacked here, nothing installed.

apt says which packages are missing on this machine, downloads them and checks their signatures as
it does for an installation; no root is needed. 70 MB, 260 MB unpacked, once.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.layout import RUN
from tests.conformance.server import Absent

FOLDER = RUN / "radosgw"
ROOT = FOLDER / "root"
"""Laid out as `/` would be after an installation."""

FETCHED = FOLDER / "fetched"
PACKAGES = ("radosgw", "ceph-mon", "ceph-osd", "ceph-common")
PROGRAMS = ("apt-get", "dpkg", "setpriv")
MACHINES = ("x86_64", "aarch64")
TIMEOUT_S = 300

ON_DEMAND = ("-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20")
AS_WE_ARE = ("-o", "APT::Sandbox::User=")
"""apt as root changes to a user who cannot write here, and warns that it then did not."""


def fetch() -> None:
    """Make ROOT hold what this machine lacks to run RadosGW. Raises Absent."""
    if FETCHED.exists():
        return
    _require_debian()
    shutil.rmtree(FOLDER, ignore_errors=True)
    downloads = FOLDER / "downloads"
    downloads.mkdir(parents=True)
    ROOT.mkdir()
    try:
        _download(downloads, ())
    except Absent:
        # The machine's lists are missing, as in a fresh container, or name versions that have gone.
        _download_by_own_lists(downloads)
    for package in sorted(downloads.glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(ROOT)], FOLDER)
    shutil.rmtree(downloads)
    FETCHED.touch()


def environment() -> dict[str, str]:
    """In which the unpacked programs find their libraries. The caller's own settings stay out."""
    triplet = f"{platform.machine()}-linux-gnu"
    libraries = (f"usr/lib/{triplet}", f"usr/lib/{triplet}/ceph", f"lib/{triplet}")
    return {
        "LD_LIBRARY_PATH": ":".join(str(ROOT / library) for library in libraries),
        "PATH": f"{ROOT}/usr/bin:{os.environ.get('PATH', os.defpath)}",
    }


def library_folder(name: str) -> Path:
    """A folder of plug-ins: unpacked, or the machine's own where Ceph is installed."""
    unpacked = ROOT / f"usr/lib/{platform.machine()}-linux-gnu" / name
    return unpacked if unpacked.exists() else Path("/") / unpacked.relative_to(ROOT)


def _require_debian() -> None:
    if sys.platform != "linux" or platform.machine() not in MACHINES:
        raise Absent(f"RadosGW is fetched for Linux on {' or '.join(MACHINES)} only")
    for program in PROGRAMS:
        if shutil.which(program) is None:
            raise Absent(f"RadosGW is fetched as Debian packages, and there is no {program} here")


def _download(downloads: Path, options: Sequence[str]) -> None:
    apt = ["apt-get", *ON_DEMAND, *AS_WE_ARE, *options]
    plan = _run([*apt, "install", "--simulate", "--no-install-recommends", *PACKAGES], downloads)
    missing = [line.split()[1] for line in plan.splitlines() if line.startswith("Inst ")]
    if missing:
        _run([*apt, "download", *missing], downloads)


def _download_by_own_lists(downloads: Path) -> None:
    """By fresh package lists in our own folder: the machine's are root's."""
    lists = FOLDER / "lists"
    (lists / "partial").mkdir(parents=True)
    options = ("-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={FOLDER}")
    strict = ("-o", "APT::Update::Error-Mode=any")  # else a list that did not come is a warning
    reason = None
    try:
        _run(["apt-get", *ON_DEMAND, *AS_WE_ARE, *options, *strict, "update"], FOLDER)
    except Absent as incomplete:
        reason = incomplete  # perhaps of a source that has nothing for us
    try:
        _download(downloads, options)
    except Absent as absent:
        raise reason or absent from absent
    shutil.rmtree(lists)


def _run(command: Sequence[str], folder: Path) -> str:
    """Its standard output. Raises Absent with the first line of what went wrong."""
    try:
        answer = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"LC_ALL": "C"},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        reason = next((ln for ln in error.stderr.splitlines() if ln.startswith("E:")), error.stderr)
        raise Absent(f"{' '.join(PACKAGES)} cannot be had: {reason.strip()}") from error
    except subprocess.TimeoutExpired as error:
        raise Absent(f"{' '.join(PACKAGES)} cannot be had within {TIMEOUT_S} s") from error
    return answer.stdout
