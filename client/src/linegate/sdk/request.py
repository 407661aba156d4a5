"""One file of an SDK's request, in the words of the HTTP library that the SDK uses."""

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from time import monotonic
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..jsonl.error_body import error_body
from ..transfer.flow import Answer, Call, Flow, NoAnswer
from ..transfer.form import FileForm
from ..transfer.progress import Tally
from ..transfer.source import Source, is_replayable
from ..transfer.upload import TOO_LARGE, UploadFailed, UploadJob, fingerprint, upload
from .state import ProcessMemory, Settings

if TYPE_CHECKING:
    from httpx import Request, Response  # or httpx2, whose are the same

FORM = "linegate.form"
"""The key of a request's extensions under which build_request leaves the form for send."""

STORAGE_TIMEOUT = {"connect": 10.0, "read": 60.0, "write": 60.0, "pool": 60.0}
"""Seconds, each for one step of a part's way: no part may hang for the SDK's ten minutes."""

OF_THE_BODY = ("content-length", "content-type", "transfer-encoding", "host")
"""Headers that are the form's own; all others go with each request to the service."""


class UploadRequest:
    """One file of one request to an SDK's HTTP client."""

    def __init__(
        self, library: ModuleType, settings: Settings, request: "Request", source: Source
    ) -> None:
        self._library = library
        self._settings = settings
        self._request = request
        self._source = source
        self._form: FileForm = request.extensions[FORM]
        self._direct_response: Response | None = None
        self._began_at = monotonic()
        self._url = str(request.url.copy_with(query=None)).rstrip("/")
        self._headers = {
            name: value for name, value in request.headers.items() if name not in OF_THE_BODY
        }
        self._extensions = {
            name: value for name, value in request.extensions.items() if name != FORM
        }

    @property
    def goes_in_parts(self) -> bool:
        return self._source.size > self._settings.direct_bytes

    @cached_property
    def key(self) -> str:
        """The same for the same bytes under the same name, by the same caller."""
        form = self._form
        caller = self._headers.get("authorization")
        return fingerprint(self._url, caller, form.filename, form.fields, self._source.identity())

    def _direct(self) -> "Request":
        """The SDK's own request, or where its stream has been read already, the same again."""
        if is_replayable(self._form.content):
            return self._request
        made: Request = self._library.Request(
            self._request.method,
            self._request.url,
            headers=self._headers,
            data=self._form.data,
            files=self._form.files_with(self._source.read(0, self._source.size)),
            extensions=self._extensions,
        )
        return made

    def flow(self) -> "Flow[Response]":
        """The upload, as the answer to the SDK's own request: the service's own where one was made.

        It resumes an earlier one of the same file, fields and key. Raises the HTTP library's own
        exceptions, and OSError.
        """
        try:
            answer = yield from upload(self._job(), self._settings.wait_s)
        except UploadFailed as error:
            return self._failure(error)
        except NoAnswer as error:
            raise error.__cause__ or error from None
        if self._direct_response is not None:
            return self._direct_response
        return self.respond(answer)

    def _job(self) -> UploadJob:
        form, source = self._form, self._source
        return UploadJob(
            files_url=self._url,
            form=form,
            source=source,
            tally=Tally(form.filename, source.size, self._settings.progress),
            memory=ProcessMemory(self._settings.begun, self.key),
            begin_tries=1,
            direct_bytes=self._settings.direct_bytes,
        )

    def request(self, call: Call) -> "Request":
        """A request of its own, not of the client: none of the client's headers go to S3."""
        if call.form is not None:
            return self._direct()
        made: Request
        if call.to_storage:
            assert call.body is not None, "nothing else goes to the storage"
            made = self._library.Request(
                call.method,
                call.url,
                headers={"content-length": str(call.body.size)},
                content=call.body,
                extensions={"timeout": STORAGE_TIMEOUT},
            )
        else:
            made = self._library.Request(
                call.method,
                call.url,
                headers=self._headers,
                json=call.fields,
                extensions=self._extensions,
            )
        return made

    def options(self, call: Call, options: Mapping[str, Any]) -> dict[str, Any]:
        """How to send a call, by how the SDK sends its request: to S3 without its credentials."""
        if call.form is not None:
            return dict(options)
        auth = {name: value for name, value in options.items() if name == "auth"}
        return {**auth, **({"auth": None} if call.to_storage else {}), "follow_redirects": False}

    def passes_through(self, call: Call, response: "Response") -> bool:
        """Whether a response is the SDK's own as it is, unread; else it is to be read."""
        if call.form is None or response.status_code == TOO_LARGE:
            return False
        self._direct_response = response
        return True

    def respond(self, answer: Answer) -> "Response":
        """The answer to the SDK's own request, which was never sent as it is."""
        kept = ("content-type", "x-request-id", "retry-after")
        made: Response = self._library.Response(
            answer.status,
            headers={name: answer.headers[name] for name in kept if name in answer.headers},
            content=answer.content,
            request=self._request,
        )
        made.elapsed = timedelta(seconds=monotonic() - self._began_at)
        return made

    def _failure(self, error: UploadFailed) -> "Response":
        """As an error of the service's; a server error, so that the SDK tries again."""
        content = json.dumps(error_body(str(error), "api_error", "upload_failed")).encode()
        return self.respond(Answer(502, {"content-type": "application/json"}, content))


def explain_too_large(library: ModuleType, response: "Response") -> "Response | None":
    """The gateway's own 413, above 10 MB, in the service's shape; None for any other response."""
    is_json = response.headers.get("content-type", "").startswith("application/json")
    if response.status_code != TOO_LARGE or is_json:
        return None
    message = (
        "The request is larger than 10 MB, the most that the gateway takes. Use "
        "files.create for a file, and at most 4 MiB for each part of an upload."
    )
    content = error_body(message, "invalid_request_error", "request_too_large")
    made: Response = library.Response(TOO_LARGE, json=content, request=response.request)
    return made
