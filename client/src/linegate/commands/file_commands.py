"""`linegate ls`, `show` and `rm`."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

from .failures import DONE, NotThere
from .service import PAGE, Service, as_json
from .terminal import error_lines, moment, note, printable, show_files, size


def list_files(
    service: Service, limit: int | None, purpose: str | None, oldest_first: bool, json: bool
) -> int:
    """The newest first, unless told otherwise; limit None is all."""
    query = f"limit={min(limit or PAGE, PAGE)}&order={'asc' if oldest_first else 'desc'}"
    if purpose:
        query += f"&purpose={quote(purpose, safe='')}"
    found: Iterator[dict[str, Any]] = islice(service.files(query), limit)
    if json:
        for file in found:
            print(as_json(file))
    else:
        show_files(list(found))
    return DONE


def show(service: Service, file_id: str, json: bool) -> int:
    """A file, and the errors in its lines where there are any."""
    file = service.file(file_id)
    try:
        report = service.ask("GET", f"/{quote(file_id, safe='')}/validation")
    except NotThere:
        report = None  # not checked yet
    if json:
        print(as_json({**file, "validation": report}))
        return DONE
    facts = {
        "id": file["id"],
        "name": file["filename"],
        "size": f"{size(file['bytes'])} ({file['bytes']:,} bytes)",
        "purpose": file["purpose"],
        "status": file["status"],
        "details": file.get("status_details"),
        "requests": file.get("line_count"),
        "models": ", ".join(report["models"]) if report else None,
        "created": moment(file["created_at"]),
        "expires": moment(file["expires_at"]),
    }
    for name, value in facts.items():
        if value is not None and value != "":
            print(f"{name:9} {printable(str(value))}")
    if report and not report["valid"]:
        print(error_lines(report))
    return DONE


def remove(service: Service, file_ids: list[str], json: bool) -> int:
    """Each of them; one that is not there does not keep the others."""
    status = DONE
    for file_id in file_ids:
        try:
            deleted = service.ask("DELETE", f"/{quote(file_id, safe='')}")
        except NotThere as failure:
            note(f"{file_id}: {failure.message}")
            status = failure.status
            continue
        print(as_json(deleted) if json else f"{deleted['id']}  deleted")
    return status
