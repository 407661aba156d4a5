"""What `--long` waits for, kept in a file between runs: ids and times, no key and no signed URL."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Facts = dict[str, Any]


class NotYet(Exception):
    """The time that the promise takes is not over; the message says when to run again."""


class Waiting:
    """The state file, for one deployment. A row plants something once; later runs check it."""

    def __init__(self, path: Path, base_url: str) -> None:
        self._path = path
        self._base_url = base_url
        self._lock = threading.Lock()

    def plant_once(self, row: str, plant: Callable[[], Facts]) -> Facts:
        """What an earlier run has planted for `row`. Plants it and raises NotYet where none has."""
        with self._lock:
            known = self._read().get(self._base_url, {}).get(row)
        if known is not None:
            return dict(known)
        facts = plant()
        self._change(row, facts)
        raise NotYet(f"begun; run again with --long after {moment(facts['due_at'])}")

    def forget(self, row: str) -> None:
        """Forget what `row` waited for: the next run begins again."""
        self._change(row, None)

    def _change(self, row: str, facts: Facts | None) -> None:
        with self._lock:
            everything = self._read()
            mine = everything.setdefault(self._base_url, {})
            mine.pop(row, None)
            if facts is not None:
                mine[row] = facts
            draft = self._path.with_suffix(".new")
            draft.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(everything, indent=2) + "\n")
            draft.replace(self._path)

    def _read(self) -> dict[str, dict[str, Facts]]:
        if not self._path.exists():
            return {}
        found: dict[str, dict[str, Facts]] = json.loads(self._path.read_text())
        return found


def moment(at_s: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M %Z", time.localtime(at_s))
