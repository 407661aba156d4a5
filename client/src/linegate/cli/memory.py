"""Which uploads were begun and not completed: the same command resumes them, in any process."""

import contextlib
import json
import time
from pathlib import Path

from .credentials import state_folder

MEMORY_S = 24 * 3_600
"""The service forgets an upload after a day."""


class DiskMemory:
    """One upload's file in the user's state folder. Without such a folder nothing is remembered."""

    def __init__(self, key: str) -> None:
        self._path = state_folder() / "uploads" / f"{key}.json"

    def recall(self) -> str | None:
        try:
            remembered = json.loads(self._path.read_text())
            return str(remembered["upload_id"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, upload_id: str) -> None:
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self._path.with_suffix(".new")
            draft.write_text(json.dumps({"upload_id": upload_id}))
            draft.replace(self._path)
            _drop_expired(self._path.parent)

    def forget(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def _drop_expired(folder: Path) -> None:
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - MEMORY_S:
            path.unlink(missing_ok=True)
