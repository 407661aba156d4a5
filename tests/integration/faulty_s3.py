"""An S3 that serves one object over real connections and fails as it is told to.

Sockets, because what is under test is how botocore, urllib3 and our stream behave together when a
connection dies in the middle of a body; moto answers from memory and never does that.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ETAG = '"0f343b0931126a20f133d67c2b018a3b-2"'


@dataclass
class FaultySource:
    """`faults` are used up one by one, one a GET; with none left the answer is right.

    cut:N      N bytes of the body, then the connection is closed
    stall:N    N bytes, then silence until the client gives up
    short:N    a body that is N bytes shorter than the object, with a Content-Length to match
    400…599    that status, as S3 says it
    """

    content: bytes
    faults: list[str] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    matches: list[str | None] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The endpoint's URL, on loopback."""
        source = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                source.answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its own name
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            self.released.set()
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.ranges.append(wanted)
        self.matches.append(request.headers.get("If-Match"))
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        kind, _, count = (self.faults.pop(0) if self.faults else "whole").partition(":")
        if kind.isdigit():
            _refuse(request, int(kind))
            return
        body = self.content[start:]
        sent = body[: len(body) - int(count)] if kind == "short" else body
        request.send_response(206 if wanted else 200)
        request.send_header("ETag", ETAG)
        request.send_header("Content-Length", str(len(sent)))
        if wanted:
            last = start + len(sent) - 1
            request.send_header("Content-Range", f"bytes {start}-{last}/{len(self.content)}")
        request.end_headers()
        if kind in ("cut", "stall"):
            request.wfile.write(sent[: int(count)])
            request.wfile.flush()
            if kind == "stall":
                self.released.wait(10)
            request.close_connection = True
            return
        request.wfile.write(sent)


def _refuse(request: BaseHTTPRequestHandler, status: int) -> None:
    code = {404: "NoSuchKey", 412: "PreconditionFailed", 416: "InvalidRange", 503: "SlowDown"}
    body = f"<Error><Code>{code.get(status, 'InternalError')}</Code></Error>".encode()
    request.send_response(status)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
