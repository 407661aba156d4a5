"""A file is uploaded: begun or gone on with, sent in parts, completed.

| answer of                   | then                                                              |
|-----------------------------|-------------------------------------------------------------------|
| `POST /uploads`             | its parts are sent to the storage, several at once                |
| a part: 2xx                 | done                                                              |
| a part: 429, 5xx, or none   | again, five times in all                                          |
| a part: anything else       | its URL may have ended: the upload is asked for another, twice    |
| `GET /uploads/{id}`         | only what the storage does not hold is sent; once completed, or   |
|                             | gone, it is what it became                                        |
| `POST …/complete`           | the file; the upload is forgotten                                 |

What is stopped before that is remembered, and goes on from there when it is called again.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Protocol

from .form import FileForm
from .progress import PartTally, Tally
from .retries import TRIES, answered
from .source import Piece, Source
from .steps import Answer, Call, Flow, Parallel

ROUNDS = 3
"""How often the parts are gone through before an upload is given up."""


NOT_FOUND = 404


class Memory(Protocol):
    """Which upload one file has begun, where it was not completed."""

    def recall(self) -> str | None: ...

    def keep(self, upload_id: str) -> None: ...

    def forget(self) -> None: ...


class UploadFailed(Exception):
    """Says in one sentence for people what failed, and what to do."""


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
            "The parts that it has taken are kept: upload the file again to go on from there."
        )


@dataclass(frozen=True)
class Upload:
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

    @property
    def uploads_url(self) -> str:
        return self.files_url.rstrip("/").removesuffix("/files") + "/uploads"

    def url(self, upload_id: str) -> str:
        return f"{self.uploads_url}/{upload_id}"

    def look(self, upload_id: str) -> Call:
        return Call("GET", self.url(upload_id))

    def begin(self) -> Call:
        fields = {"filename": self.form.filename, "bytes": self.source.size, **self.form.fields}
        return Call("POST", self.uploads_url, fields)

    def complete(self, upload_id: str) -> Call:
        fields = {"md5": self.md5} if self.md5 else {}
        return Call("POST", f"{self.url(upload_id)}/complete", fields)


@dataclass(frozen=True)
class Part:
    """One part that the storage does not hold."""

    number: int
    offset: int
    bytes: int
    url: str = field(repr=False)


def uploaded(upload: Upload) -> Flow[Answer]:
    """The service's answer: the file, or an error. Raises NoAnswer, UploadFailed, OSError."""
    answer = yield from _begun(upload)
    for rounds_left in reversed(range(ROUNDS)):
        found = answer.json()
        if not answer.ok or found.get("status") != "pending":
            break
        refusal = yield from _send_missing(upload, found)
        if not refusal:
            answer = yield from answered(upload.complete(found["id"]))
            break
        if not rounds_left:
            raise refusal
        answer = yield from answered(upload.look(found["id"]))
    file = answer.json().get("file") if answer.ok else None
    return Answer(200, answer.headers, json.dumps(file).encode()) if file else answer


def missing_parts(found: dict[str, Any], url: str = "") -> list[Part]:
    """What is left to send of a pending upload. Raises NoPartUrls."""
    multipart = found.get("multipart")
    if not isinstance(multipart, dict):
        raise NoPartUrls(url)
    size = multipart["part_size"]
    return [
        Part(part["part_number"], (part["part_number"] - 1) * size, part["bytes"], part["url"])
        for part in multipart["parts"]
    ]


def _begun(upload: Upload) -> Flow[Answer]:
    """The upload that was begun earlier, if it can still be completed, or a new one."""
    upload_id = upload.memory.recall()
    if upload_id:
        answer = yield from answered(upload.look(upload_id))
        status = answer.json().get("status")
        if answer.ok and status in ("pending", "completed"):
            missing = missing_parts(answer.json()) if status == "pending" else []
            upload.tally.add(upload.source.size - sum(part.bytes for part in missing))
            return answer
        if not answer.ok and answer.status != NOT_FOUND:
            return answer
        upload.memory.forget()
    answer = yield from answered(upload.begin(), upload.begin_tries)
    if answer.ok:
        upload.memory.keep(answer.json()["id"])
    return answer


def _send_missing(upload: Upload, found: dict[str, Any]) -> Flow[StorageRefused | None]:
    parts = missing_parts(found, upload.uploads_url)
    answers = yield Parallel([_sent(upload, part) for part in parts])
    for part, answer in zip(parts, answers, strict=True):
        if not answer.ok:
            return StorageRefused(part.number, answer)
    return None


def _sent(upload: Upload, part: Part) -> Flow[Answer]:
    tally = PartTally(upload.tally)
    piece = Piece(upload.source, part.offset, part.bytes, tally.add, tally.begin_again)
    answer = yield from answered(Call("PUT", part.url, body=piece, to_storage=True))
    if not answer.ok:
        tally.begin_again()
    return answer
