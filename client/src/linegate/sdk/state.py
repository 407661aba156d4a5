"""What one HTTP client of an SDK is set to, and what its uploads share while it lives."""

import threading
import weakref
from collections.abc import MutableMapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..transfer.flow import Answer
from ..transfer.form import FileForm
from ..transfer.progress import OnProgress
from ..transfer.retry import REPEATED
from ..transfer.source import Source, is_replayable, open_content

if TYPE_CHECKING:
    from httpx import Response  # or httpx2, whose is the same


@dataclass(frozen=True)
class Settings:
    direct_bytes: int
    parallel: int
    wait_s: float
    progress: OnProgress | None
    begun: dict[str, str] = field(default_factory=dict)
    copies: "weakref.WeakKeyDictionary[Any, Source]" = field(
        default_factory=weakref.WeakKeyDictionary
    )
    """Of streams that can be read only once, in case the SDK repeats the request."""
    under_way: "dict[str, Future[Answer | None]]" = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def claim(self, key: str) -> "tuple[bool, Future[Answer | None]]":
        """Whether the caller is to make this upload, or to wait for what another makes of it."""
        with self.lock:
            if key in self.under_way:
                return False, self.under_way[key]
            outcome: Future[Answer | None] = Future()
            self.under_way[key] = outcome
            return True, outcome

    def release(self, key: str, response: "Response | None") -> None:
        """End an upload that was claimed; None where it failed, and a waiting caller takes over."""
        with self.lock:
            outcome = self.under_way.pop(key)
        outcome.set_result(None if response is None else Answer.of(response))

    def source(self, form: FileForm) -> Source:
        if not is_replayable(form.content) and form.content in self.copies:
            return self.copies[form.content]
        source = open_content(form.content, self.direct_bytes)
        if not is_replayable(form.content):
            self.copies[form.content] = source
            weakref.finalize(form.content, source.close)
        return source

    def settle(self, form: FileForm, source: Source, response: "Response | None") -> None:
        """Let go of the source, unless the SDK will ask for it again."""
        if is_replayable(form.content):
            source.close()
        elif response is not None and response.status_code not in REPEATED:
            self.copies.pop(form.content, None)
            source.close()


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
