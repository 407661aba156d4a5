"""A file is uploaded: in one request where it fits, else in parts, and then its lines are judged.

| answer of                   | then                                                              |
|-----------------------------|-------------------------------------------------------------------|
| `POST /files`               | the file, or an error; 413: it goes in parts after all            |
| `POST /uploads`             | its parts are sent to the storage, several in parallel            |
| a part: 2xx                 | done                                                              |
| a part: 429, 5xx, or none   | again, five times in all                                          |
| a part: anything else       | its URL may have ended: the upload is asked for another, twice    |
| `GET /uploads/{id}`         | only what the storage does not hold is sent; an upload that has   |
|                             | ended is forgotten and another begins                             |
| `POST …/complete`           | the file is asked for until its lines are checked                 |

What is interrupted before that is remembered, and resumes when it is called again.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Protocol

from .flow import Answer, Call, Flow, Parallel
from .form import FileForm
from .objects import Part
from .progress import PartTally, Tally
from .retry import TRIES, ask
from .source import Piece, Source
from .verdict import INVALID, wait_for_verdict

DIRECT_BYTES = 4 << 20
"""What the service takes in one request, unless it was set up otherwise."""

ROUNDS = 3
"""How often the parts are gone through before an upload is given up."""

NOT_FOUND, TOO_LARGE = 404, 413


class Memory(Protocol):
    """Which upload one file has begun, where it was not completed."""

    def recall(self) -> str | None: ...

    def keep(self, upload_id: str) -> None: ...

    def forget(self) -> None: ...


class UploadFailed(Exception):
    """One sentence for people: what failed, and what to do."""


class NoPartUrls(UploadFailed):
    def __init__(self, url: str) -> None:
        super().__init__(f"{url} gives no URLs to send parts to: it is no Linegate service.")


class StorageRefused(UploadFailed):
    """The storage does not take a part, whatever its URL. What it has taken, it keeps."""

    def __init__(self, part_number: int, answer: Answer) -> None:
        found = re.search(rb"<Code>(\w+)</Code>", answer.content)
        code = f" {found[1].decode()}" if found else ""
        super().__init__(
            f"The storage refused part {part_number} of the file ({answer.status}{code}). "
            "The parts that it has taken are kept: upload the file again to resume."
        )


@dataclass(frozen=True)
class UploadJob:
    """What is to be uploaded, and where to."""

    files_url: str
    form: FileForm
    source: Source
    tally: Tally
    memory: Memory
    md5: str | None = None
    """The whole file's, for the service to compare."""
    begin_tries: int = TRIES
    """A caller that repeats the request itself takes 1: nothing is lost before it has begun."""
    direct_bytes: int = DIRECT_BYTES
    """Up to here one request is tried."""

    @property
    def uploads_url(self) -> str:
        return self.files_url.rstrip("/").removesuffix("/files") + "/uploads"

    def url(self, upload_id: str) -> str:
        return f"{self.uploads_url}/{upload_id}"

    def begin(self) -> Call:
        fields = {"filename": self.form.filename, "bytes": self.source.size, **self.form.fields}
        return Call("POST", self.uploads_url, fields)

    def complete(self, upload_id: str) -> Call:
        fields = {"md5": self.md5} if self.md5 else {}
        return Call("POST", f"{self.url(upload_id)}/complete", fields)


def upload(job: UploadJob, wait_s: float) -> Flow[Answer]:
    """The service's answer: the file, or an error, as `POST /files` gives for a small file.

    wait_s is how long to wait for the check of the lines of a file that went in parts; 0 answers
    as soon as the bytes are in, and the file is `uploaded`. Raises NoAnswer, UploadFailed, OSError;
    called again after any of these it resumes.
    """
    if job.source.size <= job.direct_bytes:
        direct = Call("POST", job.files_url, form=job.form, counter=PartTally(job.tally))
        answer = yield from ask(direct, job.begin_tries)
        if answer.status != TOO_LARGE:
            return answer
    answer = yield from _upload_in_parts(job)
    if not answer.ok:
        if answer.status == NOT_FOUND:
            job.memory.forget()
        return answer
    answer = yield from wait_for_verdict(job.files_url, answer, wait_s)
    if answer.ok or answer.status == INVALID:
        job.memory.forget()
    return answer


def fingerprint(*facts: object) -> str:
    """One short text for all that must be the same for an upload to resume."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _upload_in_parts(job: UploadJob) -> Flow[Answer]:
    answer = yield from _resume_or_begin(job, job.memory.recall())
    for rounds_left in reversed(range(ROUNDS)):
        found = answer.json()
        if not answer.ok or found.get("status") != "pending":
            break
        refusal = yield from _send_missing(job, found)
        if not refusal:
            answer = yield from ask(job.complete(found["id"]))
            break
        if not rounds_left:
            raise refusal
        answer = yield from _resume_or_begin(job, found["id"])
    file = answer.json().get("file") if answer.ok else None
    return Answer(200, answer.headers, json.dumps(file).encode()) if file else answer


def _resume_or_begin(job: UploadJob, upload_id: str | None) -> Flow[Answer]:
    """An upload that was begun earlier, if it can still be completed, or a new one."""
    if upload_id:
        answer = yield from ask(Call("GET", job.url(upload_id)))
        if not answer.ok and answer.status != NOT_FOUND:
            return answer
        if answer.ok and _can_complete(answer.json()):
            job.tally.start(job.source.size - _missing_bytes(answer.json()))
            return answer
        job.memory.forget()
    answer = yield from ask(job.begin(), job.begin_tries)
    if answer.ok:
        job.memory.keep(answer.json()["id"])
        job.tally.start(0)
    return answer


def _can_complete(found: dict[str, Any]) -> bool:
    """Whether an upload has become a file or still can: it may have ended in the storage alone."""
    pending = found.get("status") == "pending"
    return found.get("status") == "completed" or (pending and _parts(found) is not None)


def _parts(found: dict[str, Any]) -> list[Part] | None:
    multipart = found.get("multipart")
    return multipart.get("parts") if isinstance(multipart, dict) else None


def _missing_bytes(found: dict[str, Any]) -> int:
    return sum(part["bytes"] for part in _parts(found) or [])


def _send_missing(job: UploadJob, found: dict[str, Any]) -> Flow[StorageRefused | None]:
    parts = _parts(found)
    if parts is None:
        raise NoPartUrls(job.uploads_url)
    part_size: int = found["multipart"]["part_size"]
    answers = yield Parallel([_send_part(job, part, part_size) for part in parts])
    for part, answer in zip(parts, answers, strict=True):
        if not answer.ok:
            return StorageRefused(part["part_number"], answer)
    return None


def _send_part(job: UploadJob, part: Part, part_size: int) -> Flow[Answer]:
    tally = PartTally(job.tally)
    offset = (part["part_number"] - 1) * part_size
    piece = Piece(job.source, offset, part["bytes"], tally.add, tally.begin_again)
    answer = yield from ask(Call("PUT", part["url"], body=piece, to_storage=True))
    if not answer.ok:
        tally.begin_again()
    return answer
