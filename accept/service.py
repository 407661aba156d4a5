"""A deployment as its clients reach it, and what this run has stored there.

Everything that a run creates has a name that begins with the run's prefix and the shortest
retention, so it is found and removed at the end, and expires by itself if that fails.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from openai import OpenAI

from accept.operator import Operator
from accept.promises import Need
from accept.waiting import Waiting

TIMEOUT_S = 35
"""API Gateway gives up after 29 s."""

SHORTEST_RETENTION_S = 3_600
RETENTION = {"anchor": "created_at", "seconds": SHORTEST_RETENTION_S}
RETENTION_FORM = {f"expires_after[{name}]": str(value) for name, value in RETENTION.items()}

CHECKED_WITHIN_S = 120
THROTTLED_TRIES = 5

Headers = Sequence[tuple[str, str]]
Json = dict[str, Any]


class Interrupted(Exception):
    """The run was asked to end."""


@dataclass
class Service:
    """The deployment, the keys to use, and what is known of how it was deployed."""

    base_url: str
    key: str = field(repr=False)
    other_key: str | None = field(default=None, repr=False)
    operator: Operator | None = None
    account: str | None = None
    origin: str | None = None
    account_rate: int | None = None
    customer_key: bool = False
    cache_s: int = 60
    waiting: Waiting | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    run: str = field(default_factory=lambda: f"accept-{uuid.uuid4().hex[:8]}")
    uploads: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.base_url = self.base_url.rstrip("/")
        self._http = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False)

    @property
    def emulated(self) -> bool:
        return urlsplit(self.base_url).hostname in ("127.0.0.1", "localhost", "::1")

    @property
    def lacks(self) -> frozenset[Need]:
        """What this deployment, as it was given, cannot show."""
        lacking = {
            Need.AWS: self.emulated,
            Need.ACCOUNT_RATE: self.account_rate is None,
            Need.LONG: self.waiting is None,
            Need.CUSTOMER_KEY: not self.customer_key,
            Need.OPERATOR: self.operator is None,
            Need.ORIGIN: self.origin is None,
            Need.OTHER_ACCOUNT: self.other_key is None,
        }
        return frozenset(need for need, missing in lacking.items() if missing)

    def name(self, name: str = "a.jsonl") -> str:
        """A file's name, by which the run finds it again."""
        return f"{self.run}-{name}"

    # --- Requests ------------------------------------------------------------------------------

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request with the run's own key; `path` is appended to the base URL as it is."""
        return self.send_as(self.key, method, path, **options)

    def send_as(
        self, key: str | None, method: str, path: str, *, headers: Headers = (), **options: Any
    ) -> httpx.Response:
        """A request with another key, or none. Waits where the gateway is throttling everybody."""
        own = [("Authorization", f"Bearer {key}")] if key else []
        for _ in range(THROTTLED_TRIES):
            answer = self._http.request(
                method, self.base_url + path, headers=[*own, *headers], **options
            )
            if answer.status_code != 429:
                break
            self.sleep(float(answer.headers.get("retry-after", 1)))
        return answer

    def store(self, method: str, url: str, headers: Headers = (), **options: Any) -> httpx.Response:
        """A request to S3, without a key of ours."""
        return self._http.request(method, url, headers=list(headers), **options)

    def without_accept(self, method: str, path: str) -> httpx.Response:
        """A request without an Accept header, which httpx would add."""
        own = {"Authorization": f"Bearer {self.key}"}
        request = self._http.build_request(method, self.base_url + path, headers=own)
        del request.headers["accept"]
        return self._http.send(request)

    @contextmanager
    def openai(self, key: str | None = None, **options: Any) -> Iterator[OpenAI]:
        """The stock client, without retries by default: they would hide failures."""
        settings = {"max_retries": 0, "timeout": TIMEOUT_S, **options}
        with OpenAI(base_url=self.base_url, api_key=key or self.key, **settings) as client:
            yield client

    # --- What rows store -----------------------------------------------------------------------

    def create(
        self, content: bytes, name: str = "a.jsonl", key: str | None = None, headers: Headers = ()
    ) -> httpx.Response:
        """`POST /files`."""
        return self.send_as(
            key or self.key,
            "POST",
            "/files",
            headers=headers,
            data={"purpose": "batch", **RETENTION_FORM},
            files={"file": (self.name(name), content)},
        )

    def begin(
        self,
        size: int,
        name: str = "a.jsonl",
        keep_as: str | None = None,
        headers: Headers = (),
    ) -> httpx.Response:
        """`POST /uploads`. Under the name `keep_as` the end of the run does not remove the file."""
        new: Json = {"filename": keep_as or self.name(name), "purpose": "batch", "bytes": size}
        new["expires_after"] = RETENTION
        answer = self.send("POST", "/uploads", headers=headers, json=new)
        if answer.status_code == 200:
            self.uploads.add(answer.json()["id"])
        return answer

    def send_parts(self, upload: Json, content: bytes) -> list[httpx.Response]:
        """PUT what the upload has URLs for."""
        multipart, answers = upload["multipart"], []
        for part in multipart["parts"]:
            start = (part["part_number"] - 1) * multipart["part_size"]
            body = content[start : start + part["bytes"]]
            answers.append(self.store("PUT", part["url"], content=body))
        return answers

    def complete(self, upload_id: str, **fields: Any) -> httpx.Response:
        """Asks again where the answer is that the parts are still being joined."""
        deadline = time.monotonic() + CHECKED_WITHIN_S
        while True:
            answer = self.send("POST", f"/uploads/{upload_id}/complete", json=fields)
            if answer.status_code != 503 or time.monotonic() > deadline:
                return answer
            self.sleep(float(answer.headers.get("retry-after", 1)))

    def upload_file(
        self, content: bytes, name: str = "a.jsonl", keep_as: str | None = None, **fields: Any
    ) -> Json:
        """A file that went the presigned way, once it is checked."""
        upload = self.begin(len(content), name, keep_as).json()
        for answer in self.send_parts(upload, content):
            answer.raise_for_status()
        answer = self.complete(upload["id"], **fields)
        answer.raise_for_status()
        return self.wait_until_checked(answer.json()["file"]["id"])

    def wait_until_checked(self, file_id: str, within_s: float = CHECKED_WITHIN_S) -> Json:
        """The file, once it has a verdict, or as it is when the time is up."""
        file: Json = self.until(
            lambda: self.send("GET", f"/files/{file_id}").json(),
            lambda file: file.get("status") != "uploaded",
            within_s,
        )
        return file

    def until(
        self, look: Callable[[], Any], reached: Callable[[Any], bool], within_s: float
    ) -> Any:
        """What was seen last: where `reached` says so, or when the time was up."""
        deadline = time.monotonic() + within_s
        while not reached(found := look()) and time.monotonic() < deadline:
            self.sleep(0.3)
        return found

    def sleep(self, seconds: float) -> None:
        if self.stopped.wait(seconds):
            raise Interrupted

    def close(self) -> None:
        self._http.close()
