"""`linegate upload`: check, send, wait for the verdict."""

import glob
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from ..jsonl import CheckLimits
from ..jsonl.purposes import PURPOSES
from ..transfer.form import ANCHOR, SECONDS, FileForm
from ..transfer.objects import File
from ..transfer.progress import Progress, Tally
from ..transfer.source import FileSource, Source, copy_to_disk
from ..transfer.upload import DIRECT_BYTES, UploadJob, fingerprint
from ..transfer.upload import upload as upload_file
from .api_client import TRIES, ApiClient, InvalidLines, to_json
from .check import (
    GZIP,
    LISTED_ERRORS,
    STDIN,
    Checked,
    Compressed,
    check_source,
    describe,
    refuse_gzip,
    report_object,
)
from .errors import DONE, Failure, Invalid, LocalFailure, NoAccess, ServiceFailure
from .memory import DiskMemory
from .terminal import Bar, count, format_errors, format_size, note, printable, show_bar, write

STDIN_SHOWN, STDIN_NAME = "standard input", "stdin.jsonl"

VERDICT_S = 600.0


@dataclass(frozen=True)
class UploadOptions:
    """The command's options."""

    purpose: str
    check: bool
    wait: bool
    expires_after_s: int | None
    name: str | None
    json: bool
    quiet: bool = False
    all_errors: bool = False

    @property
    def listed_errors(self) -> int | None:
        """None is all."""
        return None if self.all_errors else LISTED_ERRORS


class InvalidHere(Invalid):
    """The lines were found to be invalid here; nothing was sent."""

    def __init__(self, name: str, found: Checked, most: int | None) -> None:
        super().__init__(describe(name, found.report, most))
        self.error = report_object(name, found.report)


def upload_all(patterns: list[str], options: UploadOptions, client: ApiClient) -> int:
    """Upload each file; return the exit status, the highest of all.

    What is wrong with one file does not keep the others. What is wrong with the service does.
    """
    status = DONE
    for name in expand_patterns(patterns):
        status = max(status, _upload_and_print(name, options, client))
        if status in (NoAccess.status, ServiceFailure.status):
            break
    return status


def expand_patterns(patterns: list[str]) -> list[str]:
    """Patterns that no shell has expanded are expanded here; anything else is taken as it is."""
    names: list[str] = []
    for pattern in patterns:
        if not Path(pattern).exists() and glob.has_magic(pattern):
            found = glob.glob(pattern, recursive=True)  # noqa: PTH207  # Path.glob: none absolute
            names += sorted(found) or [pattern]
        else:
            names.append(pattern)
    return names


def _upload_and_print(name: str, options: UploadOptions, client: ApiClient) -> int:
    try:
        file = upload_one(name, options, client)
    except Failure as failure:
        _print_failure(name, failure, options)
        return failure.status
    if options.quiet:
        print(file["id"])
    elif options.json:
        print(to_json(file))
    else:
        write(_describe_file(name, file))
    return DONE


def upload_one(name: str, options: UploadOptions, client: ApiClient) -> File:
    """The file, as the service has it. Raises Failure."""
    shown = STDIN_SHOWN if name == STDIN else name
    try:
        with show_bar(not options.quiet) as bar, open_source(name) as source:
            return _upload(shown, source, options, client, bar)
    except OSError as error:
        raise LocalFailure(f"{shown} cannot be read: {error.strerror or error}") from error


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Raises LocalFailure, OSError."""
    if name == STDIN:
        source = copy_to_disk(sys.stdin.buffer, DIRECT_BYTES)
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
        yield FileSource(file) if path.is_file() else copy_to_disk(file, DIRECT_BYTES)


def _upload(name: str, source: Source, options: UploadOptions, client: ApiClient, bar: Bar) -> File:
    limits = client.limits
    if limits.file_bytes and source.size > limits.file_bytes:
        raise Invalid(
            f"{name} is larger than {format_size(limits.file_bytes)} ({limits.file_bytes:,} "
            "bytes), the service's limit for a file. Split it into several.",
            "file_too_large",
        )
    stored_as = options.name or (STDIN_NAME if name == STDIN_SHOWN else Path(name).name)
    found: Checked | None = None
    if options.check and options.purpose in limits.purposes & PURPOSES.keys():
        found = _check(name, stored_as, source, options, limits.check, bar)
    bar.phase(f"Uploading {name}", source.size)
    job = _job(name, stored_as, source, found, options, client, bar)
    file = client.run(upload_file(job, VERDICT_S if options.wait else 0.0)).json()
    return cast("File", file)


def _check(
    name: str,
    stored_as: str,
    source: Source,
    options: UploadOptions,
    limits: CheckLimits,
    bar: Bar,
) -> Checked:
    """By the service's own rules. Raises InvalidHere, Compressed, OSError."""
    plain_name = shlex.quote(stored_as.removesuffix(".gz"))
    refuse_gzip(
        STDIN if name == STDIN_SHOWN else name,
        source.read(0, len(GZIP)),
        f"linegate upload - --name {plain_name}",
    )
    bar.phase(f"Checking {name}", source.size)
    kept = replace(limits, kept_errors=sys.maxsize) if options.all_errors else limits
    found = check_source(source, options.purpose, kept, bar)
    if not found.report.valid:
        raise InvalidHere(name, found, options.listed_errors)
    return found


def _job(
    name: str,
    stored_as: str,
    source: Source,
    found: Checked | None,
    options: UploadOptions,
    client: ApiClient,
    bar: Bar,
) -> UploadJob:
    """The same bytes for the same service under the same name resume."""
    direct_bytes = client.limits.direct_bytes
    content = source.read(0, source.size) if source.size <= direct_bytes else b""
    form = FileForm(stored_as, content, _fields(options))
    md5 = found.md5 if found else None
    key = fingerprint(
        client.files_url, client.key_id, stored_as, form.fields, md5 or source.identity()
    )

    def report(progress: Progress) -> None:
        bar.at(progress.sent_bytes, progress.held_bytes)
        if progress.sent_bytes == progress.total_bytes and options.wait:
            bar.phase(f"Waiting for the check of {name}", None)

    return UploadJob(
        files_url=client.files_url,
        form=form,
        source=source,
        tally=Tally(form.filename, source.size, report),
        memory=DiskMemory(key),
        md5=md5,
        begin_tries=TRIES,
        direct_bytes=direct_bytes,
    )


def _fields(options: UploadOptions) -> dict[str, Any]:
    fields: dict[str, Any] = {"purpose": options.purpose}
    if options.expires_after_s is not None:
        fields |= {ANCHOR: "created_at", SECONDS: str(options.expires_after_s)}
    return fields


def _print_failure(name: str, failure: Failure, options: UploadOptions) -> None:
    if options.json:
        error: dict[str, Any] = {"message": failure.message, "code": failure.code}
        if isinstance(failure, InvalidLines | InvalidHere):
            error |= {name: failure.error[name] for name in ("error_count", "errors")}
        print(to_json({"file": name, "error": error}))
    elif isinstance(failure, InvalidHere | Compressed):
        write(failure.message, sys.stderr)
        note("nothing was sent.")
    elif isinstance(failure, InvalidLines):
        note(f"{name}: {count(failure.error.get('error_count') or 1, 'error')}; nothing is stored.")
        write(format_errors(failure.error, options.listed_errors), sys.stderr)
    else:
        note(failure.message)


def _describe_file(name: str, file: File) -> str:
    """With the name that the service knows it by where there is no other."""
    lines = file.get("line_count")
    requests = "" if lines is None else f", {count(lines, 'request')}"
    shown = file["filename"] if name == STDIN else name
    size = format_size(file["bytes"])
    return f"{file['id']}  {printable(shown)}: {file['status']}, {size}{requests}"
