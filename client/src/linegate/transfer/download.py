"""A file's content on its way here: in ranges, several in parallel, resumed after an interruption.

`NAME.part` beside NAME takes the bytes, and `NAME.part.json` says which ranges it has, until the
one becomes NAME and the other goes. Every range is asked for with the ETag of the first, so that
all are of one object. The ETag of an object that S3 joined from parts is the MD5 of the parts'
MD5s (S3 User Guide, "Checking object integrity"): where the parts are as long as the ranges, the
bytes are compared with it; elsewhere their number is all that can be compared.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from .flow import Answer, Call, Flow, Parallel
from .retry import ask

RANGE_BYTES = 8 << 20
"""As long as the parts of files up to 8,000 MiB."""

PARTIAL, CHANGED = 206, 412
ROUNDS = 3
"""How often a URL that has ended is asked for anew."""


class DownloadFailed(Exception):
    """Says in one sentence what failed."""


@dataclass
class Parts:
    """What is here of a file: its ranges by their number, with the MD5 of each, in hex."""

    file_id: str
    bytes: int
    etag: str | None = None
    md5s: dict[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return -(-self.bytes // RANGE_BYTES)

    @property
    def done_bytes(self) -> int:
        return sum(self.length(number) for number in self.md5s)

    def length(self, number: int) -> int:
        return min(RANGE_BYTES, self.bytes - number * RANGE_BYTES)

    def missing(self) -> list[int]:
        return [number for number in range(self.count) if number not in self.md5s]

    def matches(self) -> bool | None:
        """Whether the bytes are those of the ETag; None where it does not tell."""
        digests = [self.md5s[number] for number in range(self.count)]
        joined = hashlib.md5(bytes.fromhex("".join(digests)), usedforsecurity=False).hexdigest()
        md5, _, parts = (self.etag or "").strip('"').partition("-")
        if parts == str(self.count):
            return md5 == joined
        return md5 == digests[0] if not parts and self.count == 1 else None


class Part:
    """The files `NAME.part` and `NAME.part.json`. One process at a time writes them."""

    def __init__(self, target: Path, parts: Parts) -> None:
        self.path = target.with_name(target.name + ".part")
        self._journal = target.with_name(target.name + ".part.json")
        self._lock = threading.Lock()
        self.parts = self._find_left(parts)
        self._file: IO[bytes] = self.path.open("r+b" if self.path.exists() else "w+b")

    def write(self, number: int, content: bytes) -> None:
        with self._lock:
            self._file.seek(number * RANGE_BYTES)
            self._file.write(content)
            self._file.flush()
            self.parts.md5s[number] = hashlib.md5(content, usedforsecurity=False).hexdigest()
            draft = self._journal.with_name(self._journal.name + ".new")
            draft.write_text(json.dumps(vars(self.parts)))
            draft.replace(self._journal)

    def discard(self) -> None:
        """Begin anew: what is here is of something else."""
        self.parts = Parts(self.parts.file_id, self.parts.bytes)
        self._journal.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        self._file.truncate(self.parts.bytes)
        self._file.flush()
        os.fsync(self._file.fileno())
        self.close()
        self.path.replace(target)
        self._journal.unlink(missing_ok=True)

    def close(self) -> None:
        self._file.close()

    def _find_left(self, fresh: Parts) -> Parts:
        """What an earlier call has left, if it is of the same file."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            left = json.loads(self._journal.read_text())
            left["md5s"] = {int(number): md5 for number, md5 in left["md5s"].items()}
            parts = Parts(**left)
            same = (parts.file_id, parts.bytes) == (fresh.file_id, fresh.bytes)
            if same and self.path.exists():
                return parts
        return fresh


def download(content_url: str, part: Part, report: Callable[[int], object]) -> Flow[Answer]:
    """The answer that ended it: a good one when all is there. Raises NoAnswer, DownloadFailed."""
    for _ in range(ROUNDS):
        answer = yield from ask(Call("GET", content_url))
        if answer.ok:
            _take_whole(part, answer.content)
        if answer.ok or "location" not in answer.headers:
            return answer
        url = answer.headers["location"]
        if part.parts.etag is None:
            first = yield from _fetch_range(url, part, 0, report)
            if not first.ok:
                raise DownloadFailed(f"The storage answers {first.status}.")
        flows = [_fetch_range(url, part, number, report) for number in part.parts.missing()]
        answers = yield Parallel(flows)
        if any(answer.status == CHANGED for answer in answers):
            part.discard()
        elif not part.parts.missing():
            return Answer(200, {}, b"")
    raise DownloadFailed("The storage does not give all of the file. Try again to go on from here.")


def _fetch_range(
    url: str, part: Part, number: int, report: Callable[[int], object]
) -> Flow[Answer]:
    start = number * RANGE_BYTES
    length = part.parts.length(number)
    headers = {"range": f"bytes={start}-{start + length - 1}"}
    if part.parts.etag:
        headers["if-match"] = part.parts.etag
    answer: Answer = yield from ask(Call("GET", url, headers=headers, to_storage=True))
    if answer.ok:
        if answer.status != PARTIAL or len(answer.content) != length:
            raise DownloadFailed("The storage gives other bytes than it was asked for.")
        part.parts.etag = part.parts.etag or answer.headers.get("etag")
        part.write(number, answer.content)
        report(part.parts.done_bytes)
    return answer


def _take_whole(part: Part, content: bytes) -> None:
    """A small file comes in one answer. Raises DownloadFailed."""
    if len(content) != part.parts.bytes:
        raise DownloadFailed(f"{len(content)} bytes came of {part.parts.bytes}. Try again.")
    part.discard()
    for number in part.parts.missing():
        start = number * RANGE_BYTES
        part.write(number, content[start : start + RANGE_BYTES])
