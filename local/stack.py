"""The deployed local stack as others find it: `.local/stack.json`, for people, tests and scripts.

The file holds a key, so only its owner can read it. It stays when the stack is stopped, without a
pid, so that the key and the address are the same the next time.
"""

import dataclasses
import json
import os
from dataclasses import dataclass

from local import emulator
from local.layout import STACK


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Where the service and its parts answer. `pid` is the emulator's; None when it is stopped.

    A field that is added has a default, so that a stack from before is still seen, and ended.
    """

    base_url: str
    api_key: str
    account: str
    port: int
    endpoint_url: str
    region: str
    files_table: str
    keys_table: str
    bucket: str
    finalizer_queue_url: str
    dead_letter_queue_url: str
    console_url: str | None = None
    """None where the stack was deployed without it."""
    model_url: str = ""
    """Of the reference model server that batches are sent to."""
    pid: int | None

    @property
    def running(self) -> bool:
        return self.pid is not None and emulator.is_ours(self.pid) and emulator.is_up(self.port)


_FIELDS = {field.name for field in dataclasses.fields(Stack)}


def last() -> Stack | None:
    """The stack that runs, or that ran last; None before the first time."""
    try:
        kept = json.loads(STACK.read_text())
        return Stack(**{name: kept[name] for name in _FIELDS & kept.keys()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def keep(stack: Stack) -> None:
    """Write the file for its owner's eyes only, all at once."""
    draft = STACK.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(dataclasses.asdict(stack), file, indent=2)
    draft.replace(STACK)


def keep_stopped() -> None:
    if stack := last():
        keep(dataclasses.replace(stack, pid=None))
