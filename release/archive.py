"""Zips whose bytes depend on their content alone, and SHA-256 sums."""

import hashlib
import time
import zipfile
from pathlib import Path

OLDEST_ZIP_TIME = 315_619_200
"""1980-01-02, a day after the oldest time that a zip can hold."""


def write_zip(folder: Path, target: Path, epoch: int) -> None:
    """Every file of `folder`, in the order of their names, with one time and one mode."""
    moment = time.gmtime(max(epoch, OLDEST_ZIP_TIME))[:6]
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), moment)
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3  # Unix, so that the mode counts
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes(), compresslevel=9)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_sums(folder: Path) -> Path:
    """SHA256SUMS beside the artifacts, as `sha256sum --check` reads it."""
    sums = folder / "SHA256SUMS"
    files = sorted(path for path in folder.iterdir() if path != sums)
    sums.write_text("".join(f"{digest(path)}  {path.name}\n" for path in files))
    return sums
