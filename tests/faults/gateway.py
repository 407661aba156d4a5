"""The stock client against the functions themselves: HTTP in, events to the handlers, answers out.

Like API Gateway, it answers 502 where a function ends without an answer, and 500 where the
authorizer does. Nothing else is in between, so that what the client sees is what the functions did.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock

from openai import DefaultHttpxClient, OpenAI
from openai._base_client import BaseClient

from lambdas.handlers import authorizer
from tests.integration.recorded import recorded
from tests.integration.service import Context, Service
from tests.integration.uploads.stopping import Stopped

INTERNAL = {"message": "Internal server error"}


class Gateway:
    """Keeps the statuses it answered, in order, and the Retry-After of each 503."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.retry_after: list[str | None] = []
        self.authorizes = False

    def reset(self) -> None:
        self.statuses.clear()
        self.retry_after.clear()
        self.authorizes = False

    def answer(self, request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        length = int(request.headers.get("Content-Length") or 0)
        body = request.rfile.read(length) if length else None
        path = request.path.removeprefix("/v1")
        try:
            if self.authorizes:
                _authorize(request.headers["Authorization"])
        except (Stopped, authorizer.AuthorizerFailed):
            return 500, {}, json.dumps(INTERNAL).encode()
        try:
            answer = Service().request(
                request.command, path, body, request.headers.get("Content-Type")
            )
        except Stopped:
            return 502, {}, json.dumps(INTERNAL).encode()
        return answer.status, answer.headers, answer.body

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        status, headers, body = self.answer(request)
        self.statuses.append(status)
        if status == 503:
            self.retry_after.append(headers.get("retry-after"))
        request.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


def _authorize(header: str) -> None:
    event = recorded("request_authorizer")
    event["headers"] = {"Authorization": header}
    event["multiValueHeaders"] = {"Authorization": [header]}
    authorizer.handler(event, Context())  # type: ignore[arg-type]  # all it reads of one


@contextmanager
def stock_client() -> Iterator[tuple[OpenAI, Gateway]]:
    """The openai client with its own retries, two, but without its waits in between."""
    gateway = Gateway()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet for an answer: two would wait for each other

        def do_GET(self) -> None:
            gateway.serve(self)

        def do_POST(self) -> None:
            gateway.serve(self)

        def do_DELETE(self) -> None:
            gateway.serve(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its own name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    client = OpenAI(
        base_url=f"http://127.0.0.1:{server.server_address[1]}/v1",
        api_key="lg_unused",
        http_client=DefaultHttpxClient(trust_env=False),
    )
    try:
        with client, mock.patch.object(BaseClient, "_calculate_retry_timeout", _at_once):
            yield client, gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _at_once(*_: Any, **__: Any) -> float:
    return 0.0
