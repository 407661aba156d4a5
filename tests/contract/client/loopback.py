"""The service in memory, on a port of its own: it can die in the middle, which the stack cannot."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from linegate.transfer.flow import Answer
from tests.unit.client.fake_service import Asked, FakeService

QUICK_PARTS = 64 << 10


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Little is on its way unread, so that a slow reader is noticed."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUICK_PARTS)
        super().server_bind()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no error."""


@contextmanager
def served(
    service: FakeService, port: int = 0, storage_bytes_s: int | None = None
) -> Iterator[str]:
    """The base URL. Where `fault` gives a ConnectionError, the connection ends unanswered.

    The storage takes storage_bytes_s from each connection; None is as much as it can.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            url = f"http://127.0.0.1:{self.server.server_port}{self.path}"  # type: ignore[attr-defined]  # it is one with a port
            try:
                answer = service.answer(Asked(self.command, url, headers, body))
            except ConnectionError:
                self.close_connection = True
                return
            self.send(answer)

        def read(self, left: int) -> bytes:
            if not storage_bytes_s or self.command != "PUT":
                return self.rfile.read(left)
            body = b""
            while chunk := self.rfile.read(min(left - len(body), QUICK_PARTS)):
                body += chunk
                time.sleep(len(chunk) / storage_bytes_s)
            return body

        def send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815  # the base's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's name
            """Quiet."""

    server = Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    service.storage = f"{url}/storage"
    try:
        yield f"{url}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
