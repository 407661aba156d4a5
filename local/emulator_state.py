"""What the emulator keeps between two runs, and whether it can be trusted.

The emulator writes its resources as JSON when it ends in order, and its objects as they come. A run
that crashed, or ended in the middle of a deployment, leaves half of something: that is dropped.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from local.layout import state_folder

SAVED = "linegate-saved"
DEPLOYED = "linegate-deployed.json"


def prepare(port: int) -> None:
    """Make the state ready for a start: as the last run saved it, or empty."""
    folder = state_folder(port)
    if (folder / SAVED).exists() and (folder / DEPLOYED).exists():
        (folder / SAVED).unlink()
        _edit(folder / "lambda.json", _read_streams_from_the_start)
        _edit(folder / "cloudwatch_logs.json", _drop_log_lines)
    else:
        forget(port)
        folder.mkdir(parents=True)


def forget(port: int) -> None:
    """Drop all state: resources, files, keys. The next start deploys again."""
    shutil.rmtree(state_folder(port), ignore_errors=True)


def mark_saved(port: int) -> None:
    """Call once the emulator has ended in order."""
    if state_folder(port).exists():
        (state_folder(port) / SAVED).touch()


def read_deployed(port: int) -> dict[str, Any] | None:
    """What mark_deployed was given for the stack that the state holds; None when it holds none."""
    try:
        return dict(json.loads((state_folder(port) / DEPLOYED).read_text()))
    except (OSError, ValueError):
        return None


def mark_deployed(port: int, what: dict[str, Any] | None) -> None:
    """Remember what is deployed. None while that is changing: an end in between drops the state."""
    path = state_folder(port) / DEPLOYED
    if what is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(json.dumps(what))


def _edit(path: Path, change: Any) -> None:
    if path.exists():
        content = json.loads(path.read_text())
        change(content["payload"])
        path.write_text(json.dumps(content))


def _read_streams_from_the_start(functions: dict[str, Any]) -> None:
    """The emulator keeps how far each table stream was read but not the stream itself, so after a
    restart it would skip as many records as it had read before."""
    functions.pop("dynamodb_stream_positions", None)


def _drop_log_lines(logs: dict[str, Any]) -> None:
    """Every invocation leaves a log stream, all of which would be read and written each time."""
    for group in logs["log_groups"]["data"].values():
        group["streams"] = {}
