"""S3's rule for presigned URLs, which the emulator lacks: an `x-amz-*` header must be signed. Pure.

Run by the emulator's own Python: the standard library is all there is.
"""

from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

PREFIX = "x-amz-"
TOLERATED = frozenset({"x-amz-content-sha256"})
"""Part of what is signed by its value, so it falls to the signature's own check."""


def refusing_unsigned_headers(app: App) -> App:
    """`app`, but a presigned request with an unsigned `x-amz-*` header gets S3's own 403."""

    async def check(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (unsigned := unsigned_headers(scope)):
            await _refuse(unsigned, receive, send)
        else:
            await app(scope, receive, send)

    return check


def unsigned_headers(scope: Scope) -> list[str]:
    """The `x-amz-*` headers that a presigned request has and did not sign; none of other requests.

    A request is presigned if its query has a signature. Parameters are named in any case, as the
    emulator reads them.
    """
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    parameters = {name.lower(): values[-1] for name, values in query.items()}
    if "x-amz-signature" not in parameters:
        return []
    signed = set(parameters.get("x-amz-signedheaders", "").lower().split(";"))
    sent = {name.decode("latin-1").lower() for name, _ in scope["headers"]}
    return sorted(name for name in sent - signed - TOLERATED if name.startswith(PREFIX))


async def _refuse(unsigned: list[str], receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):  # a client reads no answer before its body is sent
        pass
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<Error><Code>AccessDenied</Code>"
        "<Message>There were headers present in the request which were not signed</Message>"
        f"<HeadersNotSigned>{escape(', '.join(unsigned))}</HeadersNotSigned></Error>"
    ).encode()
    headers = [
        (b"content-type", b"application/xml"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
