"""Runs the tests of the module for Node, with every Node that this machine has."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent / "node"
OWN = Path(sys.executable).with_name("node")
OLDEST = (20, 6)
"""As package.json has it."""


def version(node: Path) -> tuple[int, ...]:
    shown = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, shown.strip().removeprefix("v").split(".")))


@pytest.mark.parametrize("which", ["own", "system"])
def test_the_fetch_for_node(which: str) -> None:
    found = OWN if which == "own" else shutil.which("node", path=os.defpath)
    if not found or version(Path(found)) < OLDEST:
        pytest.skip("there is no other Node here")
    ran = subprocess.run(
        [found, "--test", "--test-reporter=tap", *sorted(TESTS.glob("*.test.mjs"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "# pass 0" not in ran.stdout
