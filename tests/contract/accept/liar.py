"""Servers that break promises: a proxy that falsifies answers, and one constant answer to all."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "keep-alive", "date", "server"}
TIMEOUT_S = 60


@dataclass
class Answer:
    """An answer on its way to the client, to be falsified."""

    method: str
    path: str
    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @json.setter
    def json(self, value: Any) -> None:
        self.body = json.dumps(value).encode()

    def drop_header(self, name: str) -> None:
        self.headers = [(n, v) for n, v in self.headers if n.lower() != name]


Lie = Callable[[Answer], None]


@contextmanager
def constant(status: int, body: bytes) -> Iterator[str]:
    """A service that answers the same to every request; its base URL."""
    headers = [("Content-Type", "application/json"), ("x-request-id", "1")]
    with _serving(lambda _: Answer("", "", status, headers, body)) as base_url:
        yield base_url


@contextmanager
def proxy(target: str, lie: Lie) -> Iterator[str]:
    """The service at `target`, but that each answer is falsified by `lie`; its base URL."""

    def answer(handler: BaseHTTPRequestHandler) -> Answer:
        found = _forward(target, handler)
        lie(found)
        return found

    with _serving(answer) as base_url:
        yield base_url


@contextmanager
def _serving(answer: Callable[[BaseHTTPRequestHandler], Answer]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True

        def respond(self) -> None:
            self.content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = answer(self)
            self.send_response(found.status)
            for name, value in found.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = do_HEAD = respond  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def _forward(target: str, handler: Any) -> Answer:
    there = urlsplit(target)
    secure = there.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(there.netloc, timeout=TIMEOUT_S)
    path = there.path + handler.path.removeprefix("/v1")
    try:
        connection.putrequest(handler.command, path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", there.netloc)
        for name, value in handler.headers.items():
            if name.lower() not in HOP_BY_HOP | {"host", "expect"}:
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(handler.content)))
        connection.endheaders(handler.content)
        answer = connection.getresponse()
        headers = [(n, v) for n, v in answer.getheaders() if n.lower() not in HOP_BY_HOP]
        return Answer(handler.command, path, answer.status, headers, answer.read())
    finally:
        connection.close()
