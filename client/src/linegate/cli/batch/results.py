"""Download what a batch has answered, and what became of the rest."""

import os
from pathlib import Path
from typing import Any

from .. import download
from ..api_client import ApiClient, to_json
from ..errors import DONE, Invalid, LocalFailure
from ..terminal import count, format_errors, note, printable, write
from .service import Batch

STDOUT = download.STDOUT

ADVICE = {
    "expired": "Its window ended first; the error file has the rest.",
    "cancelled": "It was cancelled; the error file has the rest.",
}


def error_path(output: Path) -> Path:
    """Beside the output: `results.errors.jsonl` for `results.jsonl`. Pure."""
    return output.with_name(f"{output.stem}.errors{output.suffix}")


def paths(batch_id: str, target: str | None) -> tuple[Path, Path]:
    """Where output and error file go: a file, or a folder that is there. Pure but for that."""
    named = Path(target) if target else Path()
    if named.is_dir():
        return named / f"{batch_id}_output.jsonl", named / f"{batch_id}_error.jsonl"
    return named, error_path(named)


def require_free(target: str | None, force: bool) -> None:
    """Before anything is begun that could not be stored in the end. Raises LocalFailure."""
    if target in (None, STDOUT) or force or Path(target).is_dir():
        return
    for path in (Path(target), error_path(Path(target))):
        _require_free(path)


def get(
    client: ApiClient, batch: Batch, target: str | None, force: bool, json: bool, quiet: bool
) -> int:
    """Both files, where there are both. The exit status is 1 where a request has no answer."""
    if batch["status"] == "failed":
        raise _failed(batch)
    found: dict[str, Any] = {"id": batch["id"], "status": batch["status"]}
    if target == STDOUT:
        if batch["output_file_id"]:
            download.stream(client, client.file(batch["output_file_id"]))
    else:
        found |= _store(client, batch, target, force, quiet or json)
    if json:
        print(to_json(found | {"request_counts": batch["request_counts"]}))
    elif quiet:
        print(batch["id"])
    _report(batch, found.get("errors"))
    return Invalid.status if batch["request_counts"]["failed"] else DONE


def _store(
    client: ApiClient, batch: Batch, target: str | None, force: bool, quiet: bool
) -> dict[str, str]:
    output, errors = paths(batch["id"], target)
    wanted = [
        (kind, path, batch[f"{field}_file_id"])
        for kind, path, field in (("output", output, "output"), ("errors", errors, "error"))
        if batch[f"{field}_file_id"]
    ]
    if not force:
        for _, path, _ in wanted:
            _require_free(path)
    stored = {}
    for kind, path, file_id in wanted:
        file = client.file(file_id)
        try:
            download.fetch(client, file, path, quiet)
        except OSError as error:
            raise LocalFailure(f"{path} cannot be written: {error.strerror or error}") from error
        stored[kind] = str(path)
        if not quiet:
            write(f"{printable(str(path))}: {count(file['line_count'] or 0, 'line')}")
    return stored


def _report(batch: Batch, errors: str | None) -> None:
    failed = batch["request_counts"]["failed"]
    if failed:
        where = f": {errors}" if errors else "; linegate batch get stores the error file"
        verb = "has" if failed == 1 else "have"
        note(f"{count(failed, 'request')} {verb} no answer{where}.")
    if batch["status"] in ADVICE:
        note(f"the batch is {batch['status']}. {ADVICE[batch['status']]}")


def _failed(batch: Batch) -> Invalid:
    errors = batch["errors"] or {"data": []}
    listed = format_errors({"errors": errors})
    return Invalid(f"the batch failed:\n{listed}", "batch_failed")


def _require_free(path: Path) -> None:
    if os.path.lexists(path):
        raise LocalFailure(f"{path} exists already. Name another with -o, or use --force.")
