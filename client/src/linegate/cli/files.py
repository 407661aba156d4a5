"""`linegate ls`, `show` and `rm`."""

from collections.abc import Iterator
from itertools import islice
from urllib.parse import quote

from ..transfer.objects import File
from .api_client import PAGE, ApiClient, to_json
from .errors import DONE, NotThere
from .terminal import format_errors, format_size, format_time, note, printable, show_files


def list_files(
    client: ApiClient, limit: int | None, purpose: str | None, oldest_first: bool, json: bool
) -> int:
    """The newest first, unless told otherwise; limit None is all."""
    query = f"limit={min(limit or PAGE, PAGE)}&order={'asc' if oldest_first else 'desc'}"
    if purpose:
        query += f"&purpose={quote(purpose, safe='')}"
    found: Iterator[File] = islice(client.files(query), limit)
    if json:
        for file in found:
            print(to_json(file))
    else:
        show_files(list(found))
    return DONE


def show(client: ApiClient, file_id: str, json: bool) -> int:
    """A file, and the errors in its lines where there are any."""
    file = client.file(file_id)
    try:
        report = client.ask("GET", f"/{quote(file_id, safe='')}/validation")
    except NotThere:
        report = None  # not checked yet
    if json:
        print(to_json({**file, "validation": report}))
        return DONE
    facts = {
        "id": file["id"],
        "name": file["filename"],
        "size": f"{format_size(file['bytes'])} ({file['bytes']:,} bytes)",
        "purpose": file["purpose"],
        "status": file["status"],
        "details": file.get("status_details"),
        "requests": file.get("line_count"),
        "models": ", ".join(report["models"]) if report else None,
        "created": format_time(file["created_at"]),
        "expires": format_time(file["expires_at"]),
    }
    for name, value in facts.items():
        if value is not None and value != "":
            print(f"{name:9} {printable(str(value))}")
    if report and not report["valid"]:
        print(format_errors(report))
    return DONE


def remove(client: ApiClient, file_ids: list[str], json: bool) -> int:
    """Each of them; one that is not there does not keep the others."""
    status = DONE
    for file_id in file_ids:
        try:
            deleted = client.ask("DELETE", f"/{quote(file_id, safe='')}")
        except NotThere as failure:
            note(f"{file_id}: {failure.message}")
            status = failure.status
            continue
        print(to_json(deleted) if json else f"{deleted['id']}  deleted")
    return status
