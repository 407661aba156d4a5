"""A file's content on its way here: in ranges, several in parallel, resumed after an interruption.

The bytes go into a partial file beside NAME, `NAME.part` where that is free, and a journal in a
folder of the user's remembers which ranges it has and which file it is. Nothing is ever written to
a file that no journal names, nor through a link. Every range is asked for with the ETag of the
first, so that all are of one object. What is compared is the SHA-256 of what is on disk, read
again at the end: an ETag is an MD5 only without a key of one's own.
"""

import contextlib
import hashlib
import itertools
import json
import os
import stat
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .flow import Answer, Call, Flow, Parallel
from .objects import File
from .progress import PartTally, Tally
from .retry import ask

RANGE_BYTES = 8 << 20
READ_BYTES = 1 << 20

PARTIAL, CHANGED = 206, 412
ROUNDS = 3
"""How often a URL that has ended is asked for again."""

FLAGS = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class DownloadFailed(Exception):
    """One sentence for people: what failed."""


@dataclass
class Held:
    """What is here of a file, and in which file. Ranges are counted from 0."""

    file_id: str
    bytes: int
    path: str
    device: int
    inode: int
    etag: str | None = None
    ranges: list[int] = field(default_factory=list)

    def length(self, number: int) -> int:
        return min(RANGE_BYTES, self.bytes - number * RANGE_BYTES)

    def missing(self) -> list[int]:
        held = set(self.ranges)
        return [number for number in range(-(-self.bytes // RANGE_BYTES)) if number not in held]

    def held_bytes(self) -> int:
        return sum(self.length(number) for number in self.ranges)


class PartialFile:
    """The partial file and its journal. One process at a time writes them. Raises OSError."""

    def __init__(self, target: Path, file: File, journal: Path) -> None:
        self._target = target
        self._journal = journal
        self._lock = threading.Lock()
        found = self._reopen(file)
        self._fd, self.held = found or self._create(file)

    @property
    def path(self) -> Path:
        return Path(self.held.path)

    def write(self, number: int, content: bytes) -> None:
        with self._lock:
            os.lseek(self._fd, number * RANGE_BYTES, os.SEEK_SET)
            view = memoryview(content)
            while view:
                view = view[os.write(self._fd, view) :]
            self.held.ranges.append(number)
            self._remember()

    def discard(self) -> None:
        """Begin again: what is here is of something else."""
        with self._lock:
            self.held.etag, self.held.ranges = None, []
            self._remember()

    def sha256(self) -> str:
        """In hex, of what is on disk by now."""
        digest = hashlib.sha256()
        os.lseek(self._fd, 0, os.SEEK_SET)
        left = self.held.bytes
        while left and (chunk := os.read(self._fd, min(left, READ_BYTES))):
            digest.update(chunk)
            left -= len(chunk)
        return digest.hexdigest()

    def finish(self) -> None:
        """The partial file becomes the target."""
        os.ftruncate(self._fd, self.held.bytes)
        os.fsync(self._fd)
        self.close()
        self.path.replace(self._target)
        self._forget()

    def remove(self) -> None:
        """Both files: the bytes are worth nothing."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._forget()

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _create(self, file: File) -> tuple[int, Held]:
        """A file that was not there: what is, be it a link, is somebody else's."""
        for number in itertools.count(1):
            suffix = ".part" if number == 1 else f".{number}.part"
            path = self._target.absolute().with_name(self._target.name + suffix)
            with contextlib.suppress(FileExistsError):
                fd = os.open(path, FLAGS | os.O_CREAT | os.O_EXCL, 0o666)
                break
        found = os.fstat(fd)
        return fd, Held(file["id"], file["bytes"], str(path), found.st_dev, found.st_ino)

    def _reopen(self, file: File) -> tuple[int, Held] | None:
        """What an earlier call has left, if it is of the same file and still the one it made."""
        try:
            held = Held(**json.loads(self._journal.read_text()))
            if (held.file_id, held.bytes) != (file["id"], file["bytes"]):
                return None
            if stat.S_ISLNK(Path(held.path).lstat().st_mode):
                return None
            fd = os.open(held.path, FLAGS)
        except (OSError, ValueError, TypeError):
            return None
        found = os.fstat(fd)
        if stat.S_ISREG(found.st_mode) and (found.st_dev, found.st_ino) == (
            held.device,
            held.inode,
        ):
            return fd, held
        os.close(fd)
        return None

    def _remember(self) -> None:
        with contextlib.suppress(OSError):  # without a journal nothing is resumed
            self._journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self._journal.with_suffix(".new")
            draft.write_text(json.dumps(vars(self.held)))
            draft.replace(self._journal)

    def _forget(self) -> None:
        with contextlib.suppress(OSError):
            self._journal.unlink(missing_ok=True)


def download(content_url: str, part: PartialFile, tally: Tally) -> Flow[Answer]:
    """The answer that ended it: a good one when all is there. Raises NoAnswer, DownloadFailed."""
    tally.start(part.held.held_bytes())
    for _ in range(ROUNDS):
        answer = yield from ask(Call("GET", content_url))
        if answer.ok:
            _take_whole(part, answer.content, tally)
        if answer.ok or "location" not in answer.headers:
            return answer
        url = answer.headers["location"]
        missing = part.held.missing()
        if missing and part.held.etag is None:
            first = yield from _fetch_range(url, part, missing[0], tally)
            if not first.ok:
                raise DownloadFailed(f"The storage answers {first.status}.")
        flows = [_fetch_range(url, part, number, tally) for number in part.held.missing()]
        answers: list[Any] = yield Parallel(flows)
        if any(answer.status == CHANGED for answer in answers):
            part.discard()
            tally.start(0)
        elif not part.held.missing():
            return Answer(200, {}, b"")
    raise DownloadFailed("The storage does not give all of the file. Run it again to resume.")


def _fetch_range(url: str, part: PartialFile, number: int, tally: Tally) -> Flow[Answer]:
    start = number * RANGE_BYTES
    length = part.held.length(number)
    headers = {"range": f"bytes={start}-{start + length - 1}"}
    if part.held.etag:
        headers["if-match"] = part.held.etag
    counter = PartTally(tally)
    call = Call("GET", url, headers=headers, to_storage=True, counter=counter)
    answer: Answer = yield from ask(call)
    if not answer.ok:
        counter.begin_again()
        return answer
    if answer.status != PARTIAL or len(answer.content) != length:
        raise DownloadFailed("The storage gives other bytes than it was asked for.")
    part.held.etag = part.held.etag or answer.headers.get("etag")
    part.write(number, answer.content)
    return answer


def _take_whole(part: PartialFile, content: bytes, tally: Tally) -> None:
    """A small file comes in one answer. Raises DownloadFailed."""
    if len(content) != part.held.bytes:
        raise DownloadFailed(f"{len(content)} bytes came of {part.held.bytes}. Try again.")
    part.discard()
    tally.start(0)
    for number in part.held.missing():
        start = number * RANGE_BYTES
        part.write(number, content[start : start + RANGE_BYTES])
    tally.add(len(content))
