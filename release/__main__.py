"""make release: build every artifact into dist/, the same bytes for the same sources.

python -m release [-c NAME=VALUE …] [--output FOLDER]

The time inside the archives is SOURCE_DATE_EPOCH or, without it, that of the last commit.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from infra.bundling import no_byte_code_warning
from infra.bundling_error import BundlingError
from infra.config import Config, ConfigError
from lambdas.domain.version import VERSION
from release.archive import OLDEST_ZIP_TIME, digest, write_sums
from release.deployable import write_deployable
from release.packages import (
    ROOT,
    ReleaseError,
    write_npm_package,
    write_python_packages,
    write_sbom,
)

PREFIX = f"linegate-{VERSION}"


def build(context: dict[str, str], folder: Path, epoch: int) -> None:
    """Everything into `folder`, which is emptied first. Raises a one-line error."""
    config = Config.from_context(context)
    if warning := no_byte_code_warning(config.python_version):
        print(f"warning: {warning}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_python_packages(folder, epoch)
    write_npm_package(folder, epoch)
    write_deployable(context, folder, PREFIX, epoch)
    write_sbom(folder, PREFIX, epoch)
    write_sums(folder)


def source_date() -> int:
    """Unix time to write into archives."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    asked = subprocess.run(
        ["git", "log", "-1", "--format=%ct"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return int(asked.stdout) if asked.returncode == 0 else OLDEST_ZIP_TIME


def _setting(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def main() -> int:
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("-c", "--context", type=_setting, action="append", default=[])
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    try:
        build(dict(arguments.context), arguments.output.resolve(), source_date())
    except (ConfigError, BundlingError, ReleaseError) as error:
        print(f"linegate: {error}", file=sys.stderr)
        return 1
    for path in sorted(arguments.output.iterdir()):
        print(f"{digest(path)}  {path.stat().st_size:>10,}  {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
