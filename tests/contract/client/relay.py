"""Runs `linegate relay` in a process of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.layout import ROOT
from tests.ports import free_port

START_S = 30


@dataclass(frozen=True)
class RunningRelay:
    url: str
    pid: int

    def peak_bytes(self) -> int:
        """Of its memory since it was started. Linux only."""
        status = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        (line,) = [line for line in status if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1_024


@contextmanager
def relay_to(base_url: str) -> Iterator[RunningRelay]:
    port = free_port()
    command = [sys.executable, "-m", "linegate", "relay", "--base-url", base_url]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "client" / "src")}
    process = subprocess.Popen([*command, "--port", str(port)], env=environment)
    try:
        ends_at = time.monotonic() + START_S
        while time.monotonic() < ends_at and not is_open(port):
            time.sleep(0.05)
        yield RunningRelay(f"http://127.0.0.1:{port}/v1", process.pid)
    finally:
        process.terminate()
        process.wait(30)


def is_open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def curl(*arguments: str | Path) -> bytes:
    command = ["curl", "-s", "-m", "300", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True).stdout
