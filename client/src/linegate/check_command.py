"""`linegate check FILE...`: the service's check of a file's lines, on this machine."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, BinaryIO, cast

from .jsonl import CheckLimits, Report, check
from .jsonl.checking import CHECKERS
from .jsonl.digest import parse_md5
from .progress import Progress
from .report_text import as_json, as_text

DEFAULTS = CheckLimits()
VALID, INVALID, UNREADABLE = 0, 1, 2

DESCRIPTION = (
    "Check files of batch requests as the service does before it accepts them: every line, every "
    "error. Nothing is sent anywhere. A file of any size is read once, in about 10 MB of memory."
)
EXIT_STATUS = "Exit status: 0 all files are valid, 1 one is invalid, 2 one could not be read."


def add_to(commands: Any) -> None:
    """Add the command to a parser's commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "check",
        help="check batch files before they are uploaded",
        description=DESCRIPTION,
        epilog=EXIT_STATUS,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="JSONL; - is standard input")
    parser.add_argument("--json", action="store_true", help="print one JSON report for each file")
    parser.add_argument(
        "--purpose",
        choices=sorted(CHECKERS),
        default="batch",
        help="batch: lines are requests (the default); batch_output: they are results",
    )
    parser.add_argument(
        "--md5", type=checked_md5, help="MD5 that the only FILE must have, in hex or base64"
    )
    limits = parser.add_argument_group("limits", "for a service that was set up with others")
    add_limit(limits, "--max-line-bytes", 1, DEFAULTS.line_bytes, "longest line")
    add_limit(limits, "--max-requests", 1, DEFAULTS.requests, "most requests in a file")
    add_limit(limits, "--max-errors", 0, DEFAULTS.kept_errors, "most errors listed")
    limits.add_argument("--mixed-models", action="store_true", help="allow several models")
    limits.add_argument(
        "--url",
        action="append",
        dest="urls",
        metavar="PATH",
        help="a request URL to allow instead of the usual ones; may be repeated",
    )
    parser.set_defaults(run=run, refuse=parser.error)


def add_limit(group: Any, name: str, least: int, default: int, meaning: str) -> None:
    def limit(text: str) -> int:
        if (number := int(text)) < least:
            raise argparse.ArgumentTypeError(f"must be {least} or more")
        return number

    explained = f"{meaning} (default: {default:,})"
    group.add_argument(name, type=limit, default=default, metavar="N", help=explained)


def checked_md5(text: str) -> str:
    try:
        parse_md5(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def run(options: argparse.Namespace) -> int:
    """Check each file and print its report; return the exit status."""
    if options.md5 and len(options.files) > 1:
        options.refuse("--md5 takes one FILE")
    limits = CheckLimits(
        line_bytes=options.max_line_bytes,
        requests=options.max_requests,
        request_urls=tuple(options.urls or DEFAULTS.request_urls),
        one_model_per_file=not options.mixed_models,
        kept_errors=options.max_errors,
    )
    return max(check_one(name, options, limits) for name in options.files)


def check_one(name: str, options: argparse.Namespace, limits: CheckLimits) -> int:
    try:
        report = checked(name, options, limits)
    except OSError as error:
        print(f"{name}: cannot be read: {error.strerror or error}", file=sys.stderr)
        return UNREADABLE
    print(json.dumps(as_json(name, report)) if options.json else as_text(name, report))
    return VALID if report.valid else INVALID


def checked(name: str, options: argparse.Namespace, limits: CheckLimits) -> Report:
    """The report of one file. Raises OSError."""
    if name == "-":
        progress = Progress(sys.stdin.buffer, "standard input", size=None)
        return checked_body(progress, options, limits)
    with Path(name).open("rb", buffering=0) as file:
        size = file.seek(0, 2) if file.seekable() else None
        if size is not None:
            file.seek(0)
        return checked_body(Progress(cast("BinaryIO", file), name, size), options, limits)


def checked_body(progress: Progress, options: argparse.Namespace, limits: CheckLimits) -> Report:
    try:
        return check(cast("BinaryIO", progress), options.purpose, limits, options.md5)
    finally:
        progress.clear()
