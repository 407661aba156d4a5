"""The service, as the commands ask it."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httpx

from ..jsonl import CheckLimits
from ..transfer.flow import Answer, Call, Counter, Flow, NoAnswer
from ..transfer.objects import File
from ..transfer.retry import ask
from ..transfer.run_threads import ThreadRunner
from ..transfer.upload import DIRECT_BYTES, NOT_FOUND, TOO_LARGE, UploadFailed
from .credentials import API_KEY, Account, is_exposed
from .errors import Failure, Invalid, NoAccess, NotThere, ServiceFailure
from .terminal import note

UNAUTHORIZED, SERVER_ERROR = 401, 500
CONNECT_S, SILENCE_S = 10.0, 60.0
TRIES = 3
PAGE = 100


@dataclass(frozen=True)
class ServiceLimits:
    """What the service accepts, for checking by the same rules. Sizes in bytes."""

    check: CheckLimits
    file_bytes: int | None
    direct_bytes: int
    purposes: frozenset[str]
    """Whose lines it checks, as far as it says so."""


class ApiClient:
    """Calls are made again where that may help; what is left is raised as a Failure."""

    def __init__(self, account: Account, parallel: int) -> None:
        self.files_url = f"{account.base_url}/files"
        self._account = account
        self.http = httpx.Client(timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S))
        self._runner = ThreadRunner(self._send, parallel)
        if is_exposed(account.base_url):
            note(f"{account.base_url} is not encrypted: the API key can be read on the way.")

    def run(self, flow: Flow[Answer]) -> Answer:
        """The answer, if it is a good one. Raises Failure, and OSError for a local file."""
        try:
            answer = self._runner.run(flow)
        except NoAnswer as error:
            raise self.explain_lost(error.__cause__) from error
        except UploadFailed as error:
            raise ServiceFailure(str(error)) from error
        if not answer.ok:
            raise self.explain_refusal(answer)
        return answer

    def ask(self, method: str, path: str = "") -> dict[str, Any]:
        """One call, as its JSON: the path is below /files. Raises Failure."""
        call = Call(method, self.files_url + path)
        return self.run(ask(call, TRIES)).json()

    def file(self, file_id: str) -> File:
        return cast("File", self.ask("GET", f"/{quote(file_id, safe='')}"))

    def files(self, query: str) -> Iterator[File]:
        """All of them, a page at a time."""
        after = ""
        while True:
            page = self.ask("GET", f"?{query}{after}")
            yield from page["data"]
            if not page["has_more"]:
                return
            after = f"&after={page['last_id']}"

    @cached_property
    def limits(self) -> ServiceLimits:
        """The deployment's own, or the defaults where it does not say. Raises Failure."""
        try:
            call = Call("GET", f"{self._account.base_url}/limits")
            found = self.run(ask(call, TRIES)).json()
        except NotThere:
            found = {}
        purposes = found.get("purposes", [{"name": "batch"}])
        return ServiceLimits(
            check=CheckLimits.of_wire(found.get("batch", {})),
            file_bytes=found.get("max_file_bytes"),
            direct_bytes=found.get("max_direct_bytes", DIRECT_BYTES),
            purposes=frozenset(purpose["name"] for purpose in purposes),
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._account.api_key}"}

    @property
    def key_id(self) -> str:
        """The part of the key that is no secret, `lg_<key id>_<secret>`."""
        return "_".join(self._account.api_key.split("_", 2)[:2])

    def explain_lost(self, error: BaseException | None) -> Failure:
        host = urlsplit(self.files_url).netloc
        if isinstance(error, httpx.TimeoutException):
            return ServiceFailure(f"{host} takes too long to answer. Try again later.")
        if isinstance(error, httpx.ConnectError):
            return ServiceFailure(f"{host} cannot be reached: {error}. Is the base URL right?")
        return ServiceFailure(f"The connection to {host} was lost: {error}. Try again.")

    def _send(self, call: Call) -> Answer:
        options: dict[str, Any] = {"headers": dict(call.headers)}
        if not call.to_storage:
            options["headers"].update(self.headers)
        if call.fields is not None:
            options["json"] = call.fields
        if call.form is not None:
            counted = _CountedContent(call.form.content, call.counter)
            options.update(data=call.form.data, files={"file": (call.form.filename, counted)})
        if call.body is not None:
            options["headers"]["content-length"] = str(call.body.size)
            options["content"] = call.body
        try:
            with self.http.stream(call.method, call.url, **options) as response:
                content = _read(response, None if call.form else call.counter)
        except httpx.TransportError as error:
            raise NoAnswer from error
        except httpx.InvalidURL as error:
            raise ServiceFailure(f"{call.url} is no URL: {error}") from error
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, content)

    def explain_refusal(self, answer: Answer) -> Failure:
        """What an error of the service's means to a person at a terminal."""
        error = answer.json().get("error")
        if not isinstance(error, dict):
            return self._explain_foreign(answer)
        message, code = str(error.get("message")), str(error.get("code"))
        if answer.status == UNAUTHORIZED:
            return NoAccess(self._explain_rejected_key(), code)
        if answer.status == NOT_FOUND:
            return NotThere(message, code)
        if error.get("errors"):
            return InvalidLines(message, code, error)
        if answer.status >= SERVER_ERROR:
            request_id = answer.headers.get("x-request-id", "unknown")
            return ServiceFailure(f"{message} (x-request-id: {request_id})", code)
        return ServiceFailure(message, code)

    def _explain_rejected_key(self) -> str:
        if self._account.key_from_environment:
            return (
                f"{self._account.base_url} rejects the API key in {API_KEY}: it is unknown, "
                f"expired or revoked. Set {API_KEY} to a valid one."
            )
        return (
            f"{self._account.base_url} rejects the API key: it is unknown, expired or revoked. "
            "Run: linegate login"
        )

    def _explain_foreign(self, answer: Answer) -> Failure:
        if answer.status == TOO_LARGE:  # the gateway's own, above 10 MB, which is plain text
            return ServiceFailure("The request is larger than 10 MB.", "request_too_large")
        return ServiceFailure(
            f"{self._account.base_url} answers {answer.status}, and not as Linegate does. "
            "Is the base URL right?"
        )


class _CountedContent(io.BytesIO):
    """A form's content, which counts what is read of it."""

    def __init__(self, content: Any, counter: Counter | None) -> None:
        super().__init__(content)
        self._counter = counter
        if counter:
            counter.begin_again()

    def read(self, size: int | None = -1) -> bytes:
        chunk = super().read(size)
        if self._counter and chunk:
            self._counter.add(len(chunk))
        return chunk


def _read(response: httpx.Response, counter: Counter | None) -> bytes:
    """All of the answer's content, counted where it is the content that was asked for."""
    if not counter or not response.is_success:
        return response.read()
    counter.begin_again()
    chunks = []
    for chunk in response.iter_bytes():
        counter.add(len(chunk))
        chunks.append(chunk)
    return b"".join(chunks)


class InvalidLines(Invalid):
    """The service found them; `error` has them as a report does."""

    def __init__(self, message: str, code: str, error: dict[str, Any]) -> None:
        super().__init__(message, code)
        self.error = error


def to_json(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False)
