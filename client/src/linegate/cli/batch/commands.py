"""`linegate batch create`, `ls`, `show`, `cancel`, `get` and `run`."""

import json as json_module
import shlex
import sys
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ..api_client import ApiClient, to_json
from ..check import STDIN
from ..errors import DONE, INTERRUPTED, Invalid, LocalFailure
from ..terminal import format_age, format_errors, format_time, note, show_table, write
from ..upload import UploadOptions, upload_one
from . import results
from .progress import describe, wait
from .service import ENDED, Batch, Batches

COLUMNS = ("ID", "STATUS", "CREATED", "ENDPOINT", "REQUESTS")
LEFT_OUT_FIRST = ("ENDPOINT", "CREATED")
"""On a narrow terminal: which it is, how it is and how far stay."""

LONGEST_FIRST_LINE = 16 << 20


@dataclass(frozen=True)
class BatchOptions:
    """What a batch is created with; None leaves it to the service."""

    endpoint: str | None = None
    window: str | None = None
    output_expires_after_s: int | None = None
    metadata: dict[str, str] | None = None

    def fields(self, file_id: str) -> dict[str, Any]:
        fields: dict[str, Any] = {"input_file_id": file_id, "endpoint": self.endpoint}
        if self.window is not None:
            fields["completion_window"] = self.window
        if self.output_expires_after_s is not None:
            policy = {"anchor": "created_at", "seconds": self.output_expires_after_s}
            fields["output_expires_after"] = policy
        if self.metadata:
            fields["metadata"] = self.metadata
        return fields


def create(client: ApiClient, file_id: str, options: BatchOptions, json: bool, quiet: bool) -> int:
    batch = Batches(client).create(options.fields(file_id))
    return _print(batch, json, quiet)


def list_batches(client: ApiClient, limit: int | None, json: bool, quiet: bool) -> int:
    """The newest first; limit None is all."""
    found = islice(Batches(client).newest_first(), limit)
    if quiet or json:
        for batch in found:
            print(batch["id"] if quiet else to_json(batch))
        return DONE
    rows = [_row(batch) for batch in found]
    show_table(COLUMNS, rows, LEFT_OUT_FIRST)
    if not rows:
        note("there are no batches.")
    return DONE


def _row(batch: Batch) -> list[str]:
    counts, created_at = batch["request_counts"], batch["created_at"]
    person = sys.stdout.isatty()
    done = f"{counts['completed']:,} of {counts['total']:,}"
    if counts["failed"]:
        done += f", {counts['failed']:,} failed"
    plain = f"{counts['completed']}/{counts['total']}/{counts['failed']}"
    return [
        batch["id"],
        batch["status"],
        format_age(created_at, time.time()) if person else str(created_at),
        batch["endpoint"],
        done if person else plain,
    ]


def show(client: ApiClient, batch_id: str, json: bool, quiet: bool) -> int:
    batch = Batches(client).get(batch_id)
    if json or quiet:
        return _print(batch, json, quiet)
    facts: dict[str, Any] = {
        "id": batch["id"],
        "status": describe(batch, None),
        "endpoint": batch["endpoint"],
        "model": batch["model"],
        "input": batch["input_file_id"],
        "output": batch["output_file_id"],
        "errors": batch["error_file_id"],
        "created": _moment(batch["created_at"]),
        "window": f"{batch['completion_window']}, ends {_moment(batch['expires_at'])}",
        "ended": _moment(next((batch[f"{end}_at"] for end in ENDED if batch[f"{end}_at"]), None)),
        "tokens": f"{batch['usage']['total_tokens']:,}" if batch["usage"] else None,
        "metadata": to_json(batch["metadata"]) if batch["metadata"] else None,
    }
    shown = {name: str(value) for name, value in facts.items() if value is not None}
    width = max(map(len, shown))
    write("\n".join(f"{name:{width}}  {value}" for name, value in shown.items()))
    if batch["errors"]:
        write(format_errors(batch))
    return DONE


def cancel(client: ApiClient, batch_id: str, json: bool, quiet: bool) -> int:
    return _print(Batches(client).cancel(batch_id), json, quiet)


def get(
    client: ApiClient,
    batch_id: str,
    target: str | None,
    wait_for_end: bool,
    force: bool,
    json: bool,
    quiet: bool,
) -> int:
    batches = Batches(client)
    batch = batches.get(batch_id)
    if wait_for_end:
        batch = wait(batches, batch, quiet or json)
    if batch["status"] not in ENDED:
        raise LocalFailure(f"The batch is {describe(batch, None)}. --wait waits for its end.")
    return results.get(client, batch, target, force, json, quiet)


def run(
    client: ApiClient,
    name: str,
    options: BatchOptions,
    target: str | None,
    force: bool,
    json: bool,
    quiet: bool,
) -> int:
    """Upload, run, wait, download."""
    if name == STDIN:
        raise LocalFailure("A batch is run from a file: linegate upload - takes standard input.")
    results.require_free(target, force)
    file = upload_one(name, UploadOptions("batch", True, True, None, None, json, quiet), client)
    if file["status"] == "error":
        raise Invalid(f"{name}: {file['status_details']}", "invalid_file")
    endpoint = options.endpoint or first_url(Path(name))
    batches = Batches(client)
    asked = BatchOptions(endpoint, options.window, options.output_expires_after_s, options.metadata)
    batch = batches.create(asked.fields(file["id"]))
    if not (json or quiet):
        note(f"{batch['id']} is running.")
    try:
        batch = wait(batches, batch, quiet or json)
    except KeyboardInterrupt:
        again = ["linegate", "batch", "get", batch["id"], "--wait"]
        note("interrupted. The batch continues; this waits for it and downloads its results:")
        write("    " + shlex.join([*again, *(["-o", target] if target else [])]), sys.stderr)
        return INTERRUPTED
    return results.get(client, batch, target, force, json, quiet)


def first_url(path: Path) -> str:
    """Of the first request of a file whose lines were checked."""
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(LONGEST_FIRST_LINE), b""):
            if line.strip():
                return str(json_module.loads(line)["url"])
    raise Invalid(f"{path} has no request.", "empty_file")


def _print(batch: Batch, json: bool, quiet: bool) -> int:
    if quiet:
        print(batch["id"])
    elif json:
        print(to_json(batch))
    else:
        write(f"{batch['id']}  {describe(batch, None)}")
    return DONE


def _moment(unix_s: int | None) -> str | None:
    if unix_s is None:
        return None
    return f"{format_time(unix_s)} ({format_age(unix_s, time.time())})"
