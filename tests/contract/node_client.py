"""The stock openai-node client that tests/contract/node pins, installed when it is not there."""

import os
import subprocess
import sys
from pathlib import Path

NODE = Path(__file__).parent / "node"
BIN = Path(sys.executable).parent


def installed() -> Path:
    """The folder with the client and the scripts that use it."""
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    written = NODE / "node_modules" / ".package-lock.json"
    lock = NODE / "package-lock.json"
    if not written.exists() or written.stat().st_mtime < lock.stat().st_mtime:
        npm = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(npm, cwd=NODE, env=environment, check=True, capture_output=True)
    return NODE
