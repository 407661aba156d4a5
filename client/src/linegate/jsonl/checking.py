"""The check itself: one pass over a body, line by line.

Almost every line takes the fast path: a purpose's `accept` says yes, and that is final. Any other
line takes the slow path, where its errors are named. What is held at a time is one buffer, one
line of at most the limit, the kept errors, and what the purpose remembers of each line.
"""

from functools import partial
from typing import BinaryIO, Protocol

import msgspec

from .digest import parse_md5
from .file_rules import FILE_RULES, WholeFile
from .limits import DEFAULT_LIMITS, CheckLimits
from .purposes import PURPOSES
from .report import Report, Tally
from .source import Readline, Source, buffer_lines, content_bytes, skip_rest
from .strict import (
    describe_depth,
    describe_encoding,
    describe_json,
    is_blank,
    is_plain_utf8,
    is_shallow,
    require_utf8,
)

TINY_BYTES = 16
"""Shorter lines are mostly blank, and never a request: accepting them is not tried."""


class LineChecker(Protocol):
    """What a purpose's lines must be. One is made for each file, and sees its lines in order."""

    def __init__(self, limits: CheckLimits, tally: Tally) -> None: ...

    @property
    def models(self) -> tuple[str, ...]: ...

    def accept(self, line: bytes, number: int, /) -> bool:
        """Whether a line is valid for certain; unless it is, nothing of it is remembered.

        The line is UTF-8 and not too deep. Raising msgspec.DecodeError means no.
        """

    def examine(self, line: bytes, number: int, /) -> None:
        """Count every error of a line that `accept` did not take.

        Raises msgspec.DecodeError, with nothing counted and nothing remembered, where the line is
        not one strict JSON object.
        """


def check(
    body: BinaryIO,
    purpose: str = "batch",
    limits: CheckLimits = DEFAULT_LIMITS,
    md5: str | None = None,
    with_sha256: bool = False,
) -> Report:
    """Check a file's lines and, where an MD5 is given (hex or base64), its bytes.

    The report carries the SHA-256 only where it is asked for: hashing takes as long as a quarter to
    a half of the check itself.
    The body is read to its end and not closed; whatever reading it raises is passed on.
    Raises KeyError for an unknown purpose, ValueError for a malformed md5. Reads no clock.
    """
    expected_md5 = None if md5 is None else parse_md5(md5)
    tally = Tally(limits.kept_errors)
    checker = PURPOSES[purpose].load_checker()(limits, tally)
    source = Source(body, with_md5=md5 is not None, with_sha256=with_sha256)
    lines, requests = _check_lines(buffer_lines(source).readline, checker, limits, tally)
    source.drain()
    _check_file(
        WholeFile(
            purpose=purpose,
            lines=lines,
            requests=requests,
            bytes=source.bytes_read,
            models=checker.models,
            limits=limits,
            md5_matches=source.md5() == expected_md5,
        ),
        tally,
    )
    return Report(
        lines,
        requests,
        source.bytes_read,
        checker.models,
        tally.error_count,
        tally.errors,
        tally.counts,
        sha256=source.sha256(),
    )


def _check_file(file: WholeFile, tally: Tally) -> None:
    for rule in FILE_RULES:
        if not rule.is_broken(file):
            continue
        if rule.explains_others:
            tally.add_first(rule.code, rule.describe(file))
        else:
            tally.add(rule.code, None, None, partial(rule.describe, file))


def _check_lines(
    readline: Readline, checker: LineChecker, limits: CheckLimits, tally: Tally
) -> tuple[int, int]:
    """Check line after line; return how many lines and requests there were.

    A line is read with two bytes more than the limit, so that its CRLF never makes it too long.
    Almost every line is accepted at once; what is not is asked everything, in order. A call less
    for each line is a hundredth less time: so `is_shallow` is asked where counting did not tell.
    """
    accept, depth, flat_bytes = checker.accept, limits.depth, 2 * limits.depth
    line_bytes, most_requests = limits.line_bytes, limits.requests
    number = requests = 0
    for line in iter(partial(readline, line_bytes + 2), b""):
        number += 1
        size = len(line)
        if TINY_BYTES < size <= line_bytes and requests < most_requests:
            try:
                if not line.isascii():
                    require_utf8(line)
                openers = 0
                if size > flat_bytes:
                    openers = 2 * size - len(line.replace(b"[", b"")) - len(line.replace(b"{", b""))
                if (openers <= depth or is_shallow(line, depth)) and accept(line, number):
                    requests += 1
                    continue
            except (UnicodeDecodeError, msgspec.DecodeError):
                pass
        too_long = size > line_bytes and content_bytes(line) > line_bytes
        if is_blank(line) and not too_long:
            continue
        requests += 1
        if requests > most_requests:
            tally.add("too_many_tasks", number, None, partial(describe_requests, most_requests))
            break
        if too_long:
            tally.add("line_too_long", number, None, partial(describe_length, line_bytes))
            skip_rest(line, readline)
        else:
            _examine(line, number, checker, depth, tally)
    return number, requests


def _examine(line: bytes, number: int, checker: LineChecker, depth: int, tally: Tally) -> None:
    if not is_plain_utf8(line):
        tally.add("invalid_encoding", number, None, partial(describe_encoding, line))
    elif not is_shallow(line, depth):
        tally.add("invalid_json_line", number, None, partial(describe_depth, depth))
    else:
        try:
            checker.examine(line, number)
        except msgspec.DecodeError:
            tally.add("invalid_json_line", number, None, partial(describe_json, line))


def describe_requests(most: int) -> str:
    return (
        f"The file has more than {most:,} requests; checking stopped here. "
        "Split it into several files."
    )


def describe_length(most_bytes: int) -> str:
    return f"The line is longer than {most_bytes:,} bytes. Shorten or split it."
