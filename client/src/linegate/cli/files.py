"""`linegate ls`, `show` and `rm`."""

import shutil
import sys
import time
from collections.abc import Iterator
from itertools import islice
from urllib.parse import quote

from ..transfer.objects import File
from .api_client import PAGE, ApiClient, to_json
from .check import LISTED_ERRORS
from .errors import DONE, NotThere
from .terminal import (
    format_age,
    format_errors,
    format_moment,
    format_size,
    format_time,
    note,
    printable,
    show_table,
    write,
)

COLUMNS = ("ID", "STATUS", "REQUESTS", "SIZE", "CREATED", "EXPIRES", "NAME")
FACT_CHARS = 10
"""What stands before a fact, in `show`."""

LEFT_OUT_FIRST = ("REQUESTS", "EXPIRES", "SIZE", "CREATED")
"""On a narrow terminal: who it is, how it went and its name stay."""


def list_files(
    client: ApiClient,
    limit: int | None,
    purpose: str | None,
    oldest_first: bool,
    json: bool,
    quiet: bool,
) -> int:
    """The newest first by default; limit None is all."""
    query = f"limit={min(limit or PAGE, PAGE)}&order={'asc' if oldest_first else 'desc'}"
    if purpose:
        query += f"&purpose={quote(purpose, safe='')}"
    found: Iterator[File] = islice(client.files(query), limit)
    if quiet or json:
        for file in found:
            print(file["id"] if quiet else to_json(file))
    else:
        rows = [_row(file) for file in found]
        show_table(COLUMNS, rows, LEFT_OUT_FIRST)
        if not rows:
            note("there are no files" + (f" with purpose {purpose!r}." if purpose else "."))
    return DONE


def show(client: ApiClient, file_id: str, all_errors: bool, json: bool, quiet: bool) -> int:
    """A file, and the errors in its lines where there are any."""
    file = client.file(file_id)
    if quiet:
        print(file["id"])
        return DONE
    try:
        report = client.ask("GET", f"/{quote(file_id, safe='')}/validation")
    except NotThere:
        report = None  # not checked yet
    if json:
        print(to_json({**file, "validation": report}))
        return DONE
    now = time.time()
    created, expires, lines = file["created_at"], file["expires_at"], file.get("line_count")
    facts = {
        "id": file["id"],
        "name": file["filename"],
        "size": f"{format_size(file['bytes'])} ({file['bytes']:,} bytes)",
        "sha256": _in_two(file.get("sha256")),
        "purpose": file["purpose"],
        "status": file["status"],
        "details": file.get("status_details"),
        "requests": None if lines is None else f"{lines:,}",
        "models": ", ".join(report["models"]) if report else None,
        "created": f"{format_time(created)} ({format_age(created, now)})",
        "expires": f"{format_time(expires)} ({format_age(expires, now)})",
    }
    for name, value in facts.items():
        if value is not None and value != "":
            write(f"{name:{FACT_CHARS - 1}} {printable(str(value))}")
    if report and not report["valid"]:
        write(format_errors(report, None if all_errors else LISTED_ERRORS))
    return DONE


def remove(client: ApiClient, file_ids: list[str], json: bool, quiet: bool) -> int:
    """Each of them; one that is not there does not keep the others."""
    status = DONE
    for file_id in file_ids:
        try:
            deleted = client.ask("DELETE", f"/{quote(file_id, safe='')}")
        except NotThere as failure:
            note(f"{file_id}: {failure.message}")
            status = failure.status
            continue
        if quiet:
            print(deleted["id"])
        else:
            print(to_json(deleted) if json else f"{deleted['id']}  deleted")
    return status


def _in_two(digest: str | None) -> str | None:
    """A SHA-256, as a narrow terminal can show it."""
    half = len(digest or "") // 2
    fits = not sys.stdout.isatty() or shutil.get_terminal_size().columns > FACT_CHARS + 2 * half
    return digest if fits or not digest else f"{digest[:half]} {digest[half:]}"


def _row(file: File) -> list[str]:
    """Sizes and times for a person at a terminal, exact ones for a pipe."""
    requests = "" if file.get("line_count") is None else str(file["line_count"])
    size = format_size(file["bytes"]) if sys.stdout.isatty() else str(file["bytes"])
    times = [format_moment(file[name], time.time()) for name in ("created_at", "expires_at")]
    return [file["id"], file["status"], requests, size, *times, file["filename"]]
