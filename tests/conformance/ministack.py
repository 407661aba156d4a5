"""The local stack's emulator, alone and strict: signatures and permissions are enforced."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from local.emulator import REGION, SERVER, START_TIMEOUT_S, aws_environment
from local.layout import EMULATOR_PYTHON
from tests.conformance.loopback import running, wait_until_it_answers
from tests.conformance.server import Absent, Difference, Server
from tests.ports import free_port

DIFFERENCES = frozenset(
    {
        Difference.SMALL_PARTS,
        Difference.PART_ORDER,
        Difference.REPEATED_PART_TWICE,
        Difference.EMPTY_LIST,
    }
)


@contextlib.contextmanager
def ministack() -> Iterator[Server]:
    """An emulator without a stack or a past. Raises Absent or DidNotStart."""
    if not EMULATOR_PYTHON.exists():
        raise Absent("the emulator is not installed: make setup does it")
    port = free_port()
    addresses = aws_environment(port)
    server = Server(
        "ministack",
        port,
        addresses["AWS_ACCESS_KEY_ID"],
        addresses["AWS_SECRET_ACCESS_KEY"],
        DIFFERENCES,
    )
    with tempfile.TemporaryDirectory(prefix="linegate-ministack-") as folder:
        environment = addresses | {
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "MINISTACK_REGION": REGION,
            "TMPDIR": folder,
            "LOG_LEVEL": "WARNING",
            "PATH": os.environ.get("PATH", os.defpath),
        }
        output = Path(folder) / "ministack.out"
        access_log = str(Path(folder) / "access.log")
        command = (str(EMULATOR_PYTHON), str(SERVER), str(port), access_log, "--attached")
        with running(command, environment, output) as process:
            wait_until_it_answers(port, "/_ministack/ready", process, output, START_TIMEOUT_S)
            yield server
