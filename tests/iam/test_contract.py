"""The whole contract suite, with every function confined to its role."""

import subprocess
import sys

from local.layout import ROOT
from tests.iam.conftest import Enforced

TIMEOUT_S = 600


def test_the_contract_holds_under_the_roles(enforced: Enforced) -> None:
    """All but the start command's own tests, which are about processes and deploy once more."""
    suite = ["tests/contract", "--ignore", "tests/contract/test_start_command.py"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *suite],
        cwd=ROOT,
        env=enforced.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
