"""A file's lines are checked here, as the service does: `linegate check`, and before an upload."""

import hashlib
import io
import json
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from ..jsonl import CheckLimits, LineError, Report, check
from ..jsonl.limits import DEFAULT_LIMITS
from ..transfer.flow import PARALLEL
from .errors import DONE, Failure, Invalid, LocalFailure, NoAccess
from .terminal import COMMAND_INDENT, Bar, count, note, printable, show_bar, write

STDIN = "-"
READ_BYTES = 1 << 20
GZIP = b"\x1f\x8b"
LISTED_ERRORS = 10
"""As many as a person reads, unless all are asked for."""


@dataclass(frozen=True)
class CheckOptions:
    """The command's options."""

    purpose: str
    limits: CheckLimits
    md5: str | None
    json: bool
    listed_errors: int | None = None
    """How many are printed; None is all that the limits keep."""
    quiet: bool = False


class Readable(Protocol):
    size: int

    def read(self, offset: int, count: int) -> bytes: ...


def find_limits() -> CheckLimits:
    """Those of the service that is set up here, if there is one that answers."""
    from .credentials import load_account

    try:
        account = load_account()
    except NoAccess:
        return DEFAULT_LIMITS
    from .api_client import ApiClient

    try:
        return ApiClient(account, PARALLEL).limits.check
    except Failure as failure:
        note(f"{failure.message} Checking by the default limits; --offline does so unasked.")
        return DEFAULT_LIMITS


def check_all(names: list[str], options: CheckOptions) -> int:
    """Check each file and print its report; return the exit status, the highest of all."""
    return max(_check_one(name, options) for name in names)


def _check_one(name: str, options: CheckOptions) -> int:
    try:
        report = _check_named(name, options)
    except OSError as error:
        write(f"{printable(name)}: cannot be read: {error.strerror or error}", sys.stderr)
        return LocalFailure.status
    except Compressed as error:
        if options.json:
            shape = {"message": error.message, "code": error.code}
            print(json.dumps({"file": name, "error": shape}, ensure_ascii=False))
        else:
            write(error.message, sys.stderr)
        return error.status
    if options.json:
        print(json.dumps(report_object(name, report)))
    elif not options.quiet:
        write(describe(name, report, options.listed_errors))
    return DONE if report.valid else Invalid.status


def _check_named(name: str, options: CheckOptions) -> Report:
    """The report of one file. Raises OSError."""
    if name == STDIN:
        start: bytes = sys.stdin.buffer.peek(len(GZIP))  # type: ignore[union-attr]  # buffered
        refuse_gzip(name, start, "linegate check -")
        return _check_body(sys.stdin.buffer, "standard input", None, options)
    with Path(name).open("rb", buffering=0) as file:
        size = file.seek(0, 2) if file.seekable() else None
        if size is not None:
            file.seek(0)
            refuse_gzip(name, file.read(len(GZIP)), "linegate check -")
            file.seek(0)
        return _check_body(cast("BinaryIO", file), name, size, options)


def _check_body(body: BinaryIO, name: str, size: int | None, options: CheckOptions) -> Report:
    with show_bar(not options.quiet) as bar:
        bar.phase(f"Checking {name}", size)
        counted = _CountedBody(body, bar.at)
        return check(cast("BinaryIO", counted), options.purpose, options.limits, options.md5)


class _CountedBody(io.RawIOBase):
    """A body that reports how much of it was read."""

    def __init__(self, body: BinaryIO, on_bytes: Callable[[int], None]) -> None:
        super().__init__()
        self._body = body
        self._on_bytes = on_bytes
        self._read = 0

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed: any buffer
        count: int = self._body.readinto(buffer)  # type: ignore[attr-defined]  # binary files have it
        self._read += count
        self._on_bytes(self._read)
        return count


class Compressed(Invalid):
    code = "gzip_file"


def refuse_gzip(name: str, start: bytes, then: str) -> None:
    """Raises Compressed, which says how to send what is in it, by what a file starts with."""
    if not start.startswith(GZIP):
        return
    if name == STDIN:
        raise Compressed(f"standard input is gzip data; JSONL is wanted: … | gunzip -c | {then}")
    raise Compressed(
        f"{printable(name)} is a gzip file; JSONL is wanted. Decompress it on the way:\n"
        f"{COMMAND_INDENT}gunzip -c {shlex.quote(name)} |\n{COMMAND_INDENT}  {then}"
    )


@dataclass(frozen=True)
class Checked:
    report: Report
    md5: str
    """In hex, of the whole file."""


def check_source(source: Readable, purpose: str, limits: CheckLimits, bar: Bar) -> Checked:
    """Read a source once: its lines are checked and its MD5 is taken. Raises OSError."""
    body = _SourceBody(source, bar)
    report = check(cast("BinaryIO", body), purpose, limits)
    body.drain()
    return Checked(report, body.md5.hexdigest())


class _SourceBody:
    def __init__(self, source: Readable, bar: Bar) -> None:
        self._source = source
        self._bar = bar
        self._offset = 0
        self.md5 = hashlib.md5(usedforsecurity=False)

    def readinto(self, buffer: memoryview) -> int:
        chunk = self._source.read(self._offset, len(buffer))
        buffer[: len(chunk)] = chunk
        self.md5.update(chunk)
        self._offset += len(chunk)
        self._bar.at(self._offset)
        return len(chunk)

    def drain(self) -> None:
        """The check may end early; the MD5 is of all."""
        rest = memoryview(bytearray(READ_BYTES))
        while self.readinto(rest):
            pass


def report_object(name: str, report: Report) -> dict[str, Any]:
    """The report as the service gives it out, with the file's name in place of its id."""
    errors = [
        {"code": error.code, "line": error.line, "message": error.message, "param": error.param}
        for error in report.errors
    ]
    return {
        "object": "file.validation",
        "file": name,
        "valid": report.valid,
        "lines": report.lines,
        "requests": report.requests,
        "bytes": report.bytes,
        "models": list(report.models),
        "error_count": report.error_count,
        "errors": {"object": "list", "data": errors},
    }


def describe(name: str, report: Report, most: int | None = None) -> str:
    """One line that sums up, one for each error up to `most`, and what the others are."""
    requests = count(report.requests, "request")
    if report.valid:
        models = "".join(f", {ascii(model)[1:-1]}" for model in report.models)
        return f"{printable(name)}: valid, {requests}, {report.bytes:,} bytes{models}"
    lines = [f"{printable(name)}: {count(report.error_count, 'error')} in {requests}"]
    errors = report.errors if most is None else report.errors[:most]
    places = [_place(error) for error in errors]
    width = max(map(len, places), default=0)
    for where, error in zip(places, errors, strict=True):
        lines.append(f"  {where:{width}}  {error.code}: {error.message}")
    if unlisted := report.error_count - len(errors):
        by_code = ", ".join(f"{number:,} {code}" for code, number in report.error_counts.items())
        more = count(unlisted, "more error")
        hint = "" if most is None else " (--all lists them)"
        lines.append(f"  and {more}{hint}; in all {by_code}")
    return "\n".join(lines)


def _place(error: LineError) -> str:
    return "whole file" if error.line is None else f"line {error.line:,}"
