"""Runs `linegate` as a person does, as a process of its own."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

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
        with self.started(*arguments, piped=True) as process:
            out, err = process.communicate(stdin, timeout=120)
        ended = process.returncode
        return subprocess.CompletedProcess(arguments, ended, out.decode(), err.decode())

    def started(self, *arguments: str | Path, piped: bool = False) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, "-m", "linegate", *map(str, arguments)],
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
