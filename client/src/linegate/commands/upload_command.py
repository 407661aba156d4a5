"""`linegate upload`: check, send in parts, wait for the verdict."""

import glob
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..report_text import as_json as report_json
from ..report_text import as_text
from ..transfer.form import ANCHOR, SECONDS, FileForm
from ..transfer.progress import Progress, Tally
from ..transfer.retries import answered
from ..transfer.source import FileSource, Source, copied
from ..transfer.steps import Answer, Call, Flow
from ..transfer.storing import memory_key, stored
from ..transfer.uploading import Upload
from .checking import Checked, checked
from .failures import DONE, Failure, Invalid, LocalFailure, NoAccess, ServiceFailure
from .memory import DiskMemory
from .service import TRIES, InvalidLines, Service, as_json
from .terminal import Bar, bar, error_lines, note, printable, size

STDIN = "-"
DIRECT_BYTES = 4 << 20
"""Up to here one request is enough; above, the service wants parts."""

VERDICT_S = 600.0


@dataclass(frozen=True)
class Wishes:
    """The command's options."""

    purpose: str
    check: bool
    wait: bool
    expires_after_s: int | None
    name: str | None
    json: bool


class Unread(Invalid):
    """The lines were found to be invalid here; nothing was sent."""

    def __init__(self, name: str, found: Checked) -> None:
        super().__init__(as_text(printable(name), found.report))
        self.error = report_json(name, found.report)


def upload_all(patterns: list[str], wishes: Wishes, service: Service) -> int:
    """Upload each file; return the exit status, the highest of all.

    What is wrong with one file does not keep the others. What is wrong with the service does.
    """
    status = DONE
    for name in names_of(patterns):
        status = max(status, _upload_and_say(name, wishes, service))
        if status in (NoAccess.status, ServiceFailure.status):
            break
    return status


def names_of(patterns: list[str]) -> list[str]:
    """Patterns that no shell has expanded are expanded here; anything else is taken as it is."""
    names: list[str] = []
    for pattern in patterns:
        if not Path(pattern).exists() and glob.has_magic(pattern):
            found = glob.glob(pattern, recursive=True)  # noqa: PTH207  # Path.glob: none absolute
            names += sorted(found) or [pattern]
        else:
            names.append(pattern)
    return names


def _upload_and_say(name: str, wishes: Wishes, service: Service) -> int:
    try:
        file = upload_one(name, wishes, service)
    except Failure as failure:
        _say(name, failure, wishes)
        return failure.status
    print(as_json(file) if wishes.json else _line(name, file))
    return DONE


def upload_one(name: str, wishes: Wishes, service: Service) -> dict[str, Any]:
    """The file, as the service has it. Raises Failure."""
    shown = "standard input" if name == STDIN else name
    try:
        with bar() as shown_bar, opened(name) as source:
            return _upload(shown, source, wishes, service, shown_bar)
    except OSError as error:
        raise LocalFailure(f"{shown} cannot be read: {error.strerror or error}") from error


@contextmanager
def opened(name: str) -> Iterator[Source]:
    """Raises LocalFailure, OSError."""
    if name == STDIN:
        source = copied(sys.stdin.buffer, DIRECT_BYTES)
        try:
            yield source
        finally:
            source.close()
        return
    path = Path(name)
    if path.is_dir():
        raise LocalFailure(f"{name} is a directory. Name its files: linegate upload {name}/*.jsonl")
    if not path.exists():
        raise LocalFailure(f"{name} does not exist.")
    with path.open("rb") as file:
        yield FileSource(file) if path.is_file() else copied(file, DIRECT_BYTES)


def _upload(
    name: str, source: Source, wishes: Wishes, service: Service, bar: Bar
) -> dict[str, Any]:
    found: Checked | None = None
    if wishes.check:
        bar.phase(f"Checking {name}", source.size)
        found = checked(source, wishes.purpose, bar)
        if not found.report.valid:
            raise Unread(name, found)
    bar.phase(f"Uploading {name}", source.size)
    stored_as = wishes.name or ("stdin.jsonl" if name == "standard input" else Path(name).name)
    form = FileForm(stored_as, b"", _fields(wishes))
    if source.size <= DIRECT_BYTES:
        content = source.read(0, source.size)
        form = FileForm(stored_as, content, form.data)
        return service.run(answered(Call("POST", service.files_url, form=form), TRIES)).json()
    flow = _in_parts(name, form, source, found, wishes, service, bar)
    return service.run(flow).json()


def _in_parts(
    name: str,
    form: FileForm,
    source: Source,
    found: Checked | None,
    wishes: Wishes,
    service: Service,
    bar: Bar,
) -> Flow[Answer]:
    """The same bytes for the same service under the same name go on where they were left."""
    md5 = found.md5 if found else None
    key = memory_key(
        service.files_url, service.key_id, form.filename, form.fields, md5 or source.identity()
    )

    def report(progress: Progress) -> None:
        bar.at(progress.sent_bytes)
        if progress.sent_bytes == progress.total_bytes and wishes.wait:
            bar.phase(f"Waiting for the check of {name}", None)

    upload = Upload(
        files_url=service.files_url,
        form=form,
        source=source,
        tally=Tally(form.filename, source.size, report),
        memory=DiskMemory(key),
        md5=md5,
        begin_tries=TRIES,
    )
    return stored(upload, VERDICT_S if wishes.wait else 0.0)


def _fields(wishes: Wishes) -> dict[str, Any]:
    fields: dict[str, Any] = {"purpose": wishes.purpose}
    if wishes.expires_after_s is not None:
        fields |= {ANCHOR: "created_at", SECONDS: str(wishes.expires_after_s)}
    return fields


def _say(name: str, failure: Failure, wishes: Wishes) -> None:
    if wishes.json:
        error: dict[str, Any] = {"message": failure.message, "code": failure.code}
        if isinstance(failure, InvalidLines | Unread):
            error |= {name: failure.error[name] for name in ("error_count", "errors")}
        print(as_json({"file": name, "error": error}))
    elif isinstance(failure, Unread):
        print(failure.message, file=sys.stderr)
        note("nothing was sent.")
    elif isinstance(failure, InvalidLines):
        note(f"{name}: {failure.message}")
        print(error_lines(failure.error), file=sys.stderr)
    else:
        note(failure.message)


def _line(name: str, file: dict[str, Any]) -> str:
    requests = "" if file.get("line_count") is None else f", {file['line_count']:,} requests"
    return f"{file['id']}  {printable(name)}: {file['status']}, {size(file['bytes'])}{requests}"
