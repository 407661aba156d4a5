"""`POST /files`, answered as the service answers it, whatever the file's size."""

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import httpx
from anyio.to_thread import run_sync

from ..transfer.flow import Answer, Call, NoAnswer
from ..transfer.form import FileForm
from ..transfer.progress import Tally
from ..transfer.run_async import TaskRunner
from ..transfer.source import FileSource
from ..transfer.upload import UploadFailed, UploadJob, upload
from .answers import Headers, error_bytes, forwardable
from .form import BadForm, FormReader

WAIT_S = 60.0
CANCEL_S = 10.0
JSON = (b"content-type", b"application/json")

Made = tuple[int, Headers, bytes]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class RequestMemory:
    """Which upload this request has begun and not ended: nobody else will."""

    def __init__(self) -> None:
        self.upload_id: str | None = None

    def recall(self) -> str | None:
        return self.upload_id

    def keep(self, upload_id: str) -> None:
        self.upload_id = upload_id

    def forget(self) -> None:
        self.upload_id = None


async def store(
    http: httpx.AsyncClient, files_url: str, headers: Headers, receive: Receive, parallel: int
) -> Made | None:
    """The answer, or None where the client left, and then its upload is cancelled."""
    reader: FormReader | None = None
    try:
        content_type = dict(headers)[b"content-type"].decode("latin-1")
        reader = FormReader(content_type)
        if not await _read(reader, receive):
            return None
        return await _upload(http, files_url, headers, reader, receive, parallel)
    except BadForm as error:
        body = error_bytes(str(error), "invalid_request_error", "invalid_multipart")
        return 400, [JSON], body
    except OSError as error:
        message = f"The relay cannot store the file while it is sent: {error.strerror or error}."
        return 503, [JSON], error_bytes(message, "api_error", "relay_storage")
    finally:
        if reader:
            reader.close()


async def _read(reader: FormReader, receive: Receive) -> bool:
    """Whether the whole form came. The rest of a bad one is read too, so that its answer is."""
    bad: BadForm | None = None
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        more = message.get("more_body", False)
        try:
            if not bad:
                await run_sync(reader.feed, message.get("body", b""))
        except BadForm as error:
            bad = error
    if bad:
        raise bad
    await run_sync(reader.finish)
    return True


async def _upload(
    http: httpx.AsyncClient,
    files_url: str,
    headers: Headers,
    reader: FormReader,
    receive: Receive,
    parallel: int,
) -> Made | None:
    if reader.filename is None:
        raise BadForm("The form has no field named file.")
    source = FileSource(reader.file)
    form = FileForm(reader.filename, reader.file, reader.fields)
    memory = RequestMemory()
    job = UploadJob(files_url, form, source, Tally("", source.size, None), memory, begin_tries=1)
    own = forwardable(headers, b"host", b"expect", b"content-length", b"content-type")
    own = [pair for pair in own if pair[0] != b"accept-encoding"]
    call = partial(_call, http, own, source)
    made: Made | None = None
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(_watch, receive, group.cancel_scope)
            made = await _run(TaskRunner(call, parallel), job)
            group.cancel_scope.cancel()
    finally:
        if memory.upload_id:
            with anyio.move_on_after(CANCEL_S, shield=True), contextlib.suppress(NoAnswer):
                await call(Call("POST", f"{job.url(memory.upload_id)}/cancel"))
    return made


async def _run(runner: TaskRunner, job: UploadJob) -> Made:
    try:
        answer = await runner.run(upload(job, WAIT_S))
    except UploadFailed as error:
        return 502, [JSON], error_bytes(str(error), "api_error", "upload_failed")
    except NoAnswer:
        message = "The service or its storage cannot be reached. Try again later."
        return 503, [JSON], error_bytes(message, "api_error", "service_unavailable")
    kept = ("content-type", "x-request-id", "retry-after")
    found = [(n.encode(), answer.headers[n].encode()) for n in kept if n in answer.headers]
    return answer.status, found, answer.content


async def _watch(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _call(http: httpx.AsyncClient, own: Headers, source: FileSource, call: Call) -> Answer:
    """To the storage goes nothing of the caller's."""
    given: Headers = [(n.encode(), v.encode()) for n, v in call.headers.items()]
    options: dict[str, Any] = {}
    if call.form is not None:
        content = await run_sync(source.read, 0, source.size)
        options = {"data": call.form.data, "files": call.form.files_with(content)}
    elif call.body is not None:
        given.append((b"content-length", str(call.body.size).encode()))
        options = {"content": call.body}
    elif call.fields is not None:
        options = {"json": call.fields}
    headers = given if call.to_storage else own + given
    try:
        request = httpx.Request(call.method, call.url, headers=headers, **options)
        return Answer.of(await http.send(request))
    except httpx.TransportError as error:
        raise NoAnswer from error
