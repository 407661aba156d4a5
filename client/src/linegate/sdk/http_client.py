"""The HTTP client that lets the openai SDK send files of any size to Linegate.

    client = OpenAI(base_url=…, api_key=…, http_client=linegate.http_client())

`files.create` sends a file above 4 MiB in parts, several at a time, straight to the storage. All
else passes through as it is. Built on nothing but what httpx documents: the SDKs call
`build_request` with the form's fields and the open file, and then `send`.
"""

from collections.abc import Mapping
from functools import cache, partial
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import anyio  # comes with every httpx
from anyio.to_thread import run_sync

from ..transfer.flow import PARALLEL, Answer, Call, NoAnswer
from ..transfer.form import FileForm, file_form
from ..transfer.progress import OnProgress, Progress
from ..transfer.run_async import TaskRunner
from ..transfer.run_threads import ThreadRunner
from ..transfer.upload import DIRECT_BYTES
from .request import FORM, UploadRequest, explain_too_large
from .state import Settings

if TYPE_CHECKING:
    from httpx import AsyncClient as AnyAsyncClient
    from httpx import Client as AnyClient
    from httpx import Request, Response

    try:  # what the SDK that is installed takes: openai 3 is built on httpx2, those before on httpx
        from httpx2 import AsyncClient, Client
    except ImportError:
        from httpx import AsyncClient, Client  # type: ignore[assignment]  # where there is no other
else:
    AnyClient = AnyAsyncClient = object

__all__ = ["DIRECT_BYTES", "Progress", "async_http_client", "http_client"]

WAIT_S = 60.0

BETWEEN_LOOKS_S = 0.05
"""Between two looks at an upload that another task is making."""


def http_client(
    *,
    progress: OnProgress | None = None,
    wait_s: float = WAIT_S,
    parallel: int = PARALLEL,
    direct_bytes: int = DIRECT_BYTES,
    sdk: str = "openai",
    **options: Any,
) -> "Client":
    """For `OpenAI(http_client=…)`, and of the library that the installed SDK is built on.

    progress: called with a `Progress` as bytes go out, from several threads but one at a time.
    wait_s: how long `files.create` waits for the check of a large file's lines, so that it returns
        a `processed` file or raises BadRequestError with the invalid lines, as for a small one.
        0 returns as soon as the bytes are in, and `files.wait_for_processing` does the rest.
    parallel: parts sent at the same time. direct_bytes: up to here a file goes in one request.
    sdk: the module of another SDK made the same way, such as "cerebras.cloud.sdk".
    options: for the HTTP client itself: proxy, verify, timeout and so on.
    """
    library, base = _library_of(sdk, "DefaultHttpxClient", "Client")
    settings = Settings(direct_bytes, parallel, wait_s, progress)
    return cast("Client", _mix_in(UploadingClient, base)(library, settings, options))


def async_http_client(
    *,
    progress: OnProgress | None = None,
    wait_s: float = WAIT_S,
    parallel: int = PARALLEL,
    direct_bytes: int = DIRECT_BYTES,
    sdk: str = "openai",
    **options: Any,
) -> "AsyncClient":
    """For `AsyncOpenAI(http_client=…)`. The same as http_client in all else."""
    library, base = _library_of(sdk, "DefaultAsyncHttpxClient", "AsyncClient")
    settings = Settings(direct_bytes, parallel, wait_s, progress)
    return cast("AsyncClient", _mix_in(AsyncUploadingClient, base)(library, settings, options))


def _library_of(sdk: str, default: str, plain: str) -> tuple[ModuleType, type]:
    """httpx or httpx2, and the SDK's own client with its timeouts and limits.

    Without the SDK it is httpx, which all SDKs of this kind accept.
    """
    try:
        base: type = getattr(import_module(sdk), default)
    except (ImportError, AttributeError):
        library = import_module("httpx")
        return library, getattr(library, plain)
    roots = [ancestor.__module__.partition(".")[0] for ancestor in base.__mro__]
    return import_module(next(root for root in roots if root in ("httpx", "httpx2"))), base


@cache
def _mix_in(uploading: type, base: type) -> type:
    return type(uploading.__name__, (uploading, base), {})


class FormKeepingClient:
    """Of either kind: its requests that store a file still have the form when they are sent."""

    def __init__(self, library: ModuleType, settings: Settings, options: Mapping[str, Any]) -> None:
        super().__init__(**options)
        self._library = library
        self._uploads = settings

    def build_request(self, method: str, url: Any, **options: Any) -> "Request":
        made: Request = super().build_request(  # type: ignore[misc]  # it stands before a client
            method, url, **options
        )
        form = file_form(made.method, made.url.path, options.get("data"), options.get("files"))
        if form:
            made.extensions[FORM] = form
        return made


class UploadingClient(FormKeepingClient, AnyClient):
    def send(self, request: "Request", **options: Any) -> "Response":
        if FORM not in request.extensions:
            response = super().send(request, **options)
            explained = explain_too_large(self._library, response)
            if explained:
                response.close()
            return explained or response
        form: FileForm = request.extensions[FORM]
        source = self._uploads.source(form)
        made: Response | None = None
        try:
            upload = UploadRequest(self._library, self._uploads, request, source)
            runner = ThreadRunner(partial(self._call, upload, options), self._uploads.parallel)
            shared = upload.goes_in_parts
            made = self._share(upload, runner) if shared else runner.run(upload.flow())
        finally:
            self._uploads.settle(form, source, made)
        return made

    def _share(self, upload: UploadRequest, runner: ThreadRunner) -> "Response":
        """Of several callers with the same file one uploads it; all get its answer."""
        while True:
            is_owner, outcome = self._uploads.claim(upload.key)
            if is_owner:
                break
            if (answer := outcome.result()) is not None:
                return upload.respond(answer)
        made: Response | None = None
        try:
            made = runner.run(upload.flow())
        finally:
            self._uploads.release(upload.key, made)
        return made

    def _call(self, upload: UploadRequest, options: Mapping[str, Any], call: Call) -> Answer:
        try:
            response = super().send(upload.request(call), **upload.options(call, options))
        except self._library.TransportError as error:
            raise NoAnswer from error
        if upload.passes_through(call, response):
            return Answer(response.status_code, {}, b"")
        response.read()
        return Answer.of(response)


class AsyncUploadingClient(FormKeepingClient, AnyAsyncClient):
    """As UploadingClient, but that it awaits."""

    async def send(self, request: "Request", **options: Any) -> "Response":
        if FORM not in request.extensions:
            response = await super().send(request, **options)
            explained = explain_too_large(self._library, response)
            if explained:
                await response.aclose()
            return explained or response
        form: FileForm = request.extensions[FORM]
        source = await run_sync(self._uploads.source, form)
        made: Response | None = None
        try:
            upload = UploadRequest(self._library, self._uploads, request, source)
            runner = TaskRunner(partial(self._call, upload, options), self._uploads.parallel)
            run = self._share if upload.goes_in_parts else self._run
            made = await run(upload, runner)
        finally:
            self._uploads.settle(form, source, made)
        return made

    async def _run(self, upload: UploadRequest, runner: TaskRunner) -> "Response":
        return await runner.run(upload.flow())

    async def _share(self, upload: UploadRequest, runner: TaskRunner) -> "Response":
        """As UploadingClient does; it looks again and again, in whatever event loop this is."""
        while True:
            is_owner, outcome = self._uploads.claim(upload.key)
            if is_owner:
                break
            while not outcome.done():
                await anyio.sleep(BETWEEN_LOOKS_S)
            if (answer := outcome.result()) is not None:
                return upload.respond(answer)
        made: Response | None = None
        try:
            made = await runner.run(upload.flow())
        finally:
            self._uploads.release(upload.key, made)
        return made

    async def _call(self, upload: UploadRequest, options: Mapping[str, Any], call: Call) -> Answer:
        try:
            response = await super().send(upload.request(call), **upload.options(call, options))
        except self._library.TransportError as error:
            raise NoAnswer from error
        if upload.passes_through(call, response):
            return Answer(response.status_code, {}, b"")
        await response.aread()
        return Answer.of(response)
