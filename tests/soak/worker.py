"""A client that does one random thing after the other and compares each answer with the model."""

import io
import random
import time
from collections.abc import Callable
from typing import Any

import httpx
from openai import APIConnectionError, APIStatusError, DefaultHttpxClient, NotFoundError, OpenAI

from lambdas.domain.limits import MIB
from tests.contract.lines import batch_of, request_line
from tests.soak.model import Account, Known, Tally, digest

Expire = Callable[[str, str], None]
"""Lets a file of an account expire: moves its end into the past, as if its time had come."""


DELETE_TRIES = 10
"""Until it is known whether the file is gone: the model must not guess."""


class Worker:
    def __init__(
        self, base_url: str, account: Account, tally: Tally, expire: Expire, seed: int
    ) -> None:
        self._account = account
        self._tally = tally
        self._expire = expire
        self._random = random.Random(seed)
        self._client = OpenAI(
            base_url=base_url,
            api_key=account.api_key,
            http_client=DefaultHttpxClient(trust_env=False),
        )
        self._s3 = httpx.Client(trust_env=False, timeout=60)
        self._number = 0
        self._actions: list[tuple[int, Callable[[], None]]] = [
            (20, self._create),
            (3, self._create_invalid),
            (8, self._upload_presigned),
            (4, self._upload_proxied),
            (3, self._upload_and_cancel),
            (1, self._upload_and_abandon),
            (20, self._read),
            (12, self._list),
            (18, self._delete),
            (5, self._expire_one),
        ]

    def run(self, until: float, most_files: int) -> None:
        """Work until the monotonic clock says `until`."""
        weights = [weight for weight, _ in self._actions]
        while time.monotonic() < until:
            ((_, action),) = self._random.choices(self._actions, weights)
            if len(self._account.files) > most_files:
                action = self._delete
            self._do(action)

    def _do(self, action: Callable[[], None]) -> None:
        name = action.__name__.strip("_")
        try:
            action()
            self._tally.did(name)
        except APIStatusError as error:
            self._tally.met(f"{name}: {error.status_code} after its retries")
        except (APIConnectionError, httpx.HTTPError) as error:
            self._tally.met(f"{name}: {type(error).__name__}")

    def _name(self) -> str:
        self._number += 1
        name = f"{self._random.getrandbits(40):010x}-{self._number}.jsonl"
        self._account.sent_names.add(name)
        return name

    def _content(self, most_bytes: int) -> bytes:
        first = request_line(f"{self._random.getrandbits(64):016x}")
        return first + batch_of(self._random.randint(4_000, most_bytes))

    def _keep(self, file: Any, content: bytes, *, valid: bool = True) -> None:
        known = Known(file.id, digest(content), len(content), file.filename, valid)
        if file.bytes != known.bytes:
            self._tally.disagree(f"{file.id}: {file.bytes} bytes instead of {known.bytes}")
        self._account.keep(known)

    def _create(self) -> None:
        content = self._content(200_000)
        file = self._client.files.create(file=(self._name(), content), purpose="batch")
        self._keep(file, content)

    def _create_invalid(self) -> None:
        """Refused: nothing may be there afterwards; the last comparison would find it."""
        name = self._name()
        self._account.sent_names.discard(name)
        try:
            self._client.files.create(file=(name, b"nonsense\n"), purpose="batch")
        except APIStatusError as error:
            if error.status_code != 400:
                raise
            return
        self._tally.disagree(f"{name}: nonsense was taken")

    def _begin(self, content: bytes) -> dict[str, Any]:
        fields = {"filename": self._name(), "purpose": "batch", "bytes": len(content)}
        begun = self._client.post("/uploads", body=fields, cast_to=object)
        assert isinstance(begun, dict)
        return begun

    def _send(self, upload: dict[str, Any], content: bytes) -> None:
        size = upload["multipart"]["part_size"]
        for part in upload["multipart"]["parts"]:
            start = (part["part_number"] - 1) * size
            self._s3.put(part["url"], content=content[start : start + size]).raise_for_status()

    def _upload_presigned(self) -> None:
        broken = self._random.random() < 0.2
        content = self._content(self._random.choice([MIB, 3 * MIB, 12 * MIB]))
        content += b"nonsense\n" if broken else b""
        upload = self._begin(content)
        self._send(upload, content)
        completed = self._client.uploads.complete(upload["id"], part_ids=[])
        assert completed.file is not None
        self._keep(completed.file, content, valid=not broken)

    def _upload_proxied(self) -> None:
        content = self._content(6 * MIB)
        completed = self._client.uploads.upload_file_chunked(
            file=content,
            filename=self._name(),
            bytes=len(content),
            mime_type="application/jsonl",
            purpose="batch",
            part_size=2 * MIB,
        )
        assert completed.file is not None
        self._keep(completed.file, content)

    def _upload_and_cancel(self) -> None:
        content = self._content(MIB)
        upload = self._begin(content)
        if self._random.random() < 0.5:
            self._send(upload, content)
        else:
            self._client.uploads.parts.create(upload["id"], data=io.BytesIO(content[:100_000]))
        self._client.uploads.cancel(upload["id"])

    def _upload_and_abandon(self) -> None:
        content = self._content(MIB)
        self._send(self._begin(content), content)

    def _read(self) -> None:
        file = self._account.take(self._random.getrandbits(30))
        if file is None:
            return
        try:
            found = self._client.files.retrieve(file.file_id)
            if (found.filename, found.bytes) != (file.filename, file.bytes):
                self._tally.disagree(f"{file.file_id}: retrieved {found}")
            if digest(self._client.files.content(file.file_id).read()) != file.sha256:
                self._tally.disagree(f"{file.file_id}: other bytes")
        except NotFoundError:
            self._tally.disagree(f"{file.file_id}: lost")
        finally:
            self._account.keep(file)

    def _list(self) -> None:
        """What was there before and after must be in between; what was gone before must not."""
        before, gone = self._account.snapshot()
        listed = {file.id for file in self._client.files.list(limit=50)}
        after, _ = self._account.snapshot()
        for missing in before.keys() & after.keys() - listed:
            self._tally.disagree(f"{missing}: not listed")
        for ghost in listed & gone:
            self._tally.disagree(f"{ghost}: listed after it was gone")

    def _delete(self) -> None:
        file = self._account.take(self._random.getrandbits(30))
        if file is None:
            return
        for _ in range(DELETE_TRIES):
            try:
                self._client.files.delete(file.file_id)
            except NotFoundError:
                self._tally.met("delete: 404 after a retry, the first had taken effect")
            except (APIStatusError, APIConnectionError):
                self._tally.met("delete: repeated by hand")
                continue
            self._is_gone(file)
            return

    def _expire_one(self) -> None:
        file = self._account.take(self._random.getrandbits(30))
        if file is None:
            return
        self._expire(self._account.name, file.file_id)
        self._is_gone(file, expired=True)

    def _is_gone(self, file: Known, *, expired: bool = False) -> None:
        self._account.forget(file, expired=expired)
        try:
            self._client.files.retrieve(file.file_id)
            self._tally.disagree(f"{file.file_id}: there after it was gone")
        except NotFoundError:
            pass
