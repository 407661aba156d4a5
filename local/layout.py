"""Where things are: the checkout's own folders, and everything that a local run writes."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / ".venv" / "bin"
CDK = ROOT / "node_modules" / ".bin" / "cdk"

EMULATOR_PYTHON = ROOT / ".local" / "venv" / "bin" / "python"

RUN = Path(os.environ.get("LINEGATE_RUN_FOLDER", ROOT / ".local")).resolve()
"""All that a local run writes. A second stack needs a folder, and a port, of its own."""

_TLS_FOLDER = os.environ.get("LINEGATE_TLS_FOLDER")
TLS_FOLDER = Path(_TLS_FOLDER).resolve() if _TLS_FOLDER else None
"""A certificate for 127.0.0.1 (certificate.pem, key.pem) and its authority (authority.pem).

With it the emulator speaks TLS and enforces signatures and IAM, as AWS does: `make test-iam`.
"""

SCRATCH = RUN / "tmp"
"""The emulator's temporary files, the unpacked functions among them; emptied at every start."""

STACK = RUN / "stack.json"
CLOUD_ASSEMBLY = RUN / "cdk.out"
EMULATOR_LOG = RUN / "emulator.log"
ACCESS_LOG = RUN / "access.log"
DEPLOY_LOG = RUN / "deploy.log"

DEFAULT_PORT = 5463
""""LINE" on a telephone, and registered to nobody; the emulator's own 4566 is LocalStack's too."""


def state_folder(port: int) -> Path:
    """The emulator's memory between runs. One for each port, because queue URLs contain it."""
    return RUN / "state" / str(port)


def shown(path: Path) -> str:
    """The path as a person in the checkout would type it."""
    return os.path.relpath(path, Path.cwd()) if path.is_relative_to(Path.cwd()) else str(path)
