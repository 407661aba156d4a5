"""Runs the tests of the module for Node, with the Node that comes with this environment."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent / "node"
NODE = Path(sys.executable).with_name("node")


def test_the_fetch_for_node() -> None:
    ran = subprocess.run(
        [NODE, "--test", "--test-reporter=tap", *sorted(TESTS.glob("*.test.mjs"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "# pass 0" not in ran.stdout
