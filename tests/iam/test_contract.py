"""The whole contract suite, with every function confined to its role."""

import subprocess
import sys

from local.layout import ROOT
from tests.iam.conftest import Enforced

TIMEOUT_S = 1_200
"""Many times what it takes, for a machine that is busy."""

NOT_ABOUT_THE_SERVICE = (
    "test_alarms.py",  # CloudWatch's notifications, which the emulator drops where it enforces IAM
    "test_start_command.py",  # processes of this machine; it deploys once more
    "client/test_package.py",  # what the client's wheel holds
    "client/test_sdks.py",  # what the client takes of memory, in environments of its own
    "client/test_interruptions.py",  # a service of its own that stops at will
    "client/test_redirects.py",  # likewise
)


def test_the_contract_holds_under_the_roles(enforced: Enforced) -> None:
    ignored = [f"--ignore=tests/contract/{name}" for name in NOT_ABOUT_THE_SERVICE]
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            *("-n", "2", "--dist", "loadfile"),
            "tests/contract",
            *ignored,
        ],
        cwd=ROOT,
        env=enforced.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
