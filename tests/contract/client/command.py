"""Runs `linegate` as a person does."""

import contextlib
import fcntl
import io
import os
import pty
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

from linegate.cli.app import main
from local.layout import ROOT


@dataclass
class Linegate:
    """Its settings and state are in `home`, and nothing of the environment's own is seen."""

    home: Path
    base_url: str = ""
    api_key: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if "LINEGATE" not in name}
        return {
            **kept,
            "PYTHONPATH": str(ROOT / "client" / "src"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "LINEGATE_BASE_URL": self.base_url,
            "LINEGATE_API_KEY": self.api_key,
            "NO_COLOR": "1",
            "COLUMNS": "100",
            **self.more,
        }

    def __call__(
        self, *arguments: str | Path, stdin: bytes = b""
    ) -> "subprocess.CompletedProcess[str]":
        """In this process: it takes most of a second to start another."""
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        with (
            patch.dict(os.environ, self.environment, clear=True),
            patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8")),
            contextlib.chdir(self.home),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            status = main([str(argument) for argument in arguments])
        return subprocess.CompletedProcess(arguments, status, _written(out), _written(err))

    def started(self, *arguments: str | Path) -> "subprocess.Popen[bytes]":
        """In a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "linegate", *map(str, arguments)],
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def on_terminal(self, width: int, *arguments: str | Path) -> "tuple[int, str]":
        """Its exit status, and all that a terminal of that width was sent."""
        environment = {name: v for name, v in self.environment.items() if name != "COLUMNS"}
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        running = subprocess.Popen(
            [sys.executable, "-m", "linegate", *map(str, arguments)],
            env=environment | {"TERM": "xterm"},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        sent = b""
        with contextlib.suppress(OSError):  # Linux: nobody has the other end any more
            while chunk := os.read(ours, 1 << 16):
                sent += chunk
        os.close(ours)
        return running.wait(), sent.decode()


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    written = stream.buffer
    assert isinstance(written, io.BytesIO)
    return written.getvalue().decode()
