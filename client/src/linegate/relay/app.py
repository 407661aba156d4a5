"""The relay's ASGI application: which requests it takes part in, and which only pass through."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import anyio
import httpx

from .answers import Headers, error_bytes, forwardable, is_loopback
from .store import store

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CONNECT_S, SILENCE_S = 10.0, 60.0
CONTENT = re.compile(r"/files/[^/]+/content/?")
RANGE_HEADERS = frozenset((b"range", b"if-range", b"if-match", b"if-none-match"))
OF_THE_OBJECT = frozenset(
    (
        b"accept-ranges",
        b"content-disposition",
        b"content-length",
        b"content-range",
        b"content-type",
        b"etag",
        b"last-modified",
    )
)
FROM_STORAGE = frozenset((200, 206, 304))
EXPLAINED = {412: "precondition_failed", 416: "invalid_range"}


class Relay:
    """Speaks the API at `/v1` of its own address. It keeps no key: each caller sends one."""

    def __init__(self, base_url: str, *, loopback_only: bool, parallel: int) -> None:
        self._base_url = base_url
        self._loopback_only = loopback_only
        self._parallel = parallel
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._http = httpx.AsyncClient(timeout=timeout, limits=limits)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            await self._answer(scope, receive, send)
        except httpx.TransportError as error:
            message = f"The service cannot be reached ({type(error).__name__}). Try again later."
            await _refuse(send, 503, message, "api_error", "service_unavailable")

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        path: str = scope["raw_path"].decode("ascii")
        if self._loopback_only and not is_loopback(headers.get(b"host", b"").decode("latin-1")):
            message = "The Host header is not of this machine. Use http://127.0.0.1."
            await _refuse(send, 403, message, "invalid_request_error", "host_not_allowed")
        elif not path.startswith("/v1/"):
            message = "The relay has no such path. Its base URL ends in /v1."
            await _refuse(send, 404, message, "invalid_request_error", "not_found")
        elif _stores_file(scope["method"], path, headers):
            url = f"{self._base_url}/files"
            made = await store(self._http, url, scope["headers"], receive, self._parallel)
            if made:
                await _send_whole(send, *made)
        else:
            await self._pass_through(scope, path.removeprefix("/v1"), receive, send)

    async def _pass_through(self, scope: Message, path: str, receive: Receive, send: Send) -> None:
        query: str = scope["query_string"].decode("ascii")
        names = {name for name, _ in scope["headers"]}
        has_body = b"content-length" in names or b"transfer-encoding" in names
        request = httpx.Request(
            scope["method"],
            f"{self._base_url}{path}" + (f"?{query}" if query else ""),
            headers=forwardable(scope["headers"], b"host", b"expect"),
            content=_body(receive) if has_body else None,
        )
        follows = (
            scope["method"] == "GET"
            and CONTENT.fullmatch(path)
            and parse_qs(query).get("redirect") != ["false"]
        )
        response = await self._http.send(request, stream=True)
        location = response.headers.get("location") if follows else None
        if not location:
            await _stream(send, response, forwardable(response.headers.raw))
            return
        kept = [pair for pair in forwardable(response.headers.raw) if pair[0] == b"x-request-id"]
        await response.aclose()
        await self._stream_content(scope, location, kept, send)

    async def _stream_content(
        self, scope: Message, location: str, kept: Headers, send: Send
    ) -> None:
        """The storage's answer: its URL is its permission, and the key stays here."""
        ranges = [pair for pair in scope["headers"] if pair[0] in RANGE_HEADERS]
        request = httpx.Request(
            "GET", location, headers=[*ranges, (b"accept-encoding", b"identity")]
        )
        response = await self._http.send(request, stream=True)
        if response.status_code in FROM_STORAGE:
            found = forwardable(response.headers.raw)
            await _stream(
                send, response, kept + [pair for pair in found if pair[0] in OF_THE_OBJECT]
            )
            return
        await response.aclose()
        status = response.status_code if response.status_code in EXPLAINED else 502
        code = EXPLAINED.get(status, "storage_failed")
        message = f"The storage refused to give the content ({response.status_code})."
        kind = "invalid_request_error" if status in EXPLAINED else "api_error"
        await _refuse(send, status, message, kind, code)


def _stores_file(method: str, path: str, headers: dict[bytes, bytes]) -> bool:
    media_type = headers.get(b"content-type", b"").lower()
    return (
        method == "POST"
        and path.rstrip("/") == "/v1/files"
        and media_type.startswith(b"multipart/form-data")
    )


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    """As it arrives. Raises ReadError when the client leaves: half a body is none."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise httpx.ReadError("the client left")
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def _stream(send: Send, response: httpx.Response, headers: Headers) -> None:
    """Bytes as they are, encoded or not. What breaks off here breaks off for the client too."""
    try:
        await send(_start(response.status_code, headers))
        async for chunk in response.aiter_raw():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except httpx.TransportError:
        return  # the server closes the connection of an answer that does not end
    finally:
        with anyio.CancelScope(shield=True):
            await response.aclose()
    await send({"type": "http.response.body", "body": b""})


async def _refuse(send: Send, status: int, message: str, kind: str, code: str) -> None:
    headers = [(b"content-type", b"application/json")]
    await _send_whole(send, status, headers, error_bytes(message, kind, code))


async def _send_whole(send: Send, status: int, headers: Headers, content: bytes) -> None:
    length = (b"content-length", str(len(content)).encode())
    await send(_start(status, [*headers, length]))
    await send({"type": "http.response.body", "body": content})


def _start(status: int, headers: Headers) -> Message:
    return {"type": "http.response.start", "status": status, "headers": headers}
