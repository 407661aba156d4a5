"""The service, as the commands ask it."""

import json
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httpx

from ..transfer.flow import Answer, Call, Flow, NoAnswer
from ..transfer.objects import File
from ..transfer.retry import ask
from ..transfer.run_threads import ThreadRunner
from ..transfer.upload import UploadFailed
from .credentials import Account
from .errors import Failure, Invalid, NoAccess, NotThere, ServiceFailure

TIMEOUT = httpx.Timeout(60.0, connect=10.0)
TRIES = 3
PAGE = 100


class ApiClient:
    """Calls are made again where that may help; what is left is raised as a Failure."""

    def __init__(self, account: Account, parallel: int) -> None:
        self.files_url = f"{account.base_url}/files"
        self._account = account
        self.http = httpx.Client(timeout=TIMEOUT)
        self._runner = ThreadRunner(self._send, parallel)

    def run(self, flow: Flow[Answer]) -> Answer:
        """The answer, if it is a good one. Raises Failure, and OSError for a local file."""
        try:
            answer = self._runner.run(flow)
        except NoAnswer as error:
            raise self.explain_lost(error.__cause__) from error
        except UploadFailed as error:
            raise ServiceFailure(str(error)) from error
        if not answer.ok:
            raise explain_refusal(answer, self._account.base_url)
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
            options.update(
                data=call.form.data, files={"file": (call.form.filename, call.form.content)}
            )
        if call.body is not None:
            options["headers"]["content-length"] = str(call.body.size)
            options["content"] = call.body
        try:
            response = self.http.request(call.method, call.url, **options)
        except httpx.TransportError as error:
            raise NoAnswer from error
        except httpx.InvalidURL as error:
            raise ServiceFailure(f"{call.url} is no URL: {error}") from error
        return Answer.of(response)


def explain_refusal(answer: Answer, base_url: str) -> Failure:
    """What an error of the service's means to a person at a terminal."""
    error = answer.json().get("error")
    if not isinstance(error, dict):
        return ServiceFailure(
            f"{base_url} answers {answer.status}, and not as Linegate does. Is the base URL right?"
        )
    message, code = str(error.get("message")), str(error.get("code"))
    if answer.status in (401, 403):
        return NoAccess("The service does not take this API key. Run: linegate login", code)
    if answer.status == 404:
        return NotThere(message, code)
    if error.get("errors"):
        return InvalidLines(message, code, error)
    if answer.status >= 500:
        request_id = answer.headers.get("x-request-id", "unknown")
        return ServiceFailure(f"{message} (x-request-id: {request_id})", code)
    return ServiceFailure(message, code)


class InvalidLines(Invalid):
    """The service found them; `error` has them as a report does."""

    def __init__(self, message: str, code: str, error: dict[str, Any]) -> None:
        super().__init__(message, code)
        self.error = error


def to_json(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False)
