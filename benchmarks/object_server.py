"""A local S3 that serves one file to GET, as fast as it can or held to a rate.

    python -m benchmarks.object_server FILE MB_PER_S|0 [CERTIFICATE]      prints its port

A process of its own, so that what it costs is not taken for the reader's.
"""

import os
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHUNK_BYTES = 256 << 10


def serve(path: Path, mb_per_s: float, certificate: str | None) -> None:
    size = path.stat().st_size

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("ETag", '"benchmark"')
            self.send_header("Content-Length", str(size))
            self.end_headers()
            started, sent = time.monotonic(), 0
            with path.open("rb") as file:
                while sent < size:
                    if certificate:
                        self.connection.sendall(chunk := file.read(CHUNK_BYTES))
                        sent += len(chunk)
                    else:
                        sent += os.sendfile(
                            self.connection.fileno(), file.fileno(), sent, CHUNK_BYTES
                        )
                    if mb_per_s:
                        due = started + sent / (mb_per_s * 1e6)
                        time.sleep(max(0.0, due - time.monotonic()))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its own name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
