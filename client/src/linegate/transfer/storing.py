"""A file of any size goes to the service, and one answer comes back: a file, or an error."""

import hashlib
import json
from collections.abc import MutableMapping

from .judging import INVALID, judged
from .steps import Answer, Flow
from .uploading import NOT_FOUND, Upload, uploaded


def stored(upload: Upload, wait_s: float) -> Flow[Answer]:
    """What `POST /files` would answer if it took files of this size.

    wait_s is how long to wait for the check of the lines; 0 answers as soon as the bytes are in,
    and the file is `uploaded`. Raises NoAnswer, UploadFailed, OSError; called again after any of
    these it goes on from where it was.
    """
    answer = yield from uploaded(upload)
    if not answer.ok:
        if answer.status == NOT_FOUND:
            upload.memory.forget()
        return answer
    answer = yield from judged(upload.files_url, answer, wait_s)
    if answer.ok or answer.status == INVALID:
        upload.memory.forget()
    return answer


def memory_key(*facts: object) -> str:
    """One short text for all that must be the same for an upload to be gone on with."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


class ProcessMemory:
    """A memory of one upload among others, for as long as the process lives."""

    def __init__(self, begun: MutableMapping[str, str], key: str) -> None:
        self._begun = begun
        self._key = key

    def recall(self) -> str | None:
        return self._begun.get(self._key)

    def keep(self, upload_id: str) -> None:
        self._begun[self._key] = upload_id

    def forget(self) -> None:
        self._begun.pop(self._key, None)
