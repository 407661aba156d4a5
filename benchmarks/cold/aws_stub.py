"""The answers of AWS that a first call of each function needs, on loopback, without any work.

A key, a record to check, its content, and yes to every write: so that what is measured is the
functions' own time.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.stores.file_item import file_item
from linegate.api_keys import item_of, new_api_key

KEYS_TABLE, FILES_TABLE, BUCKET = "keys", "files", "bucket"
CONTENT = b"".join(
    b'{"custom_id":"%d","method":"POST","url":"/v1/embeddings","body":{"model":"m","input":"x"}}\n'
    % number
    for number in range(10)
)
ACCOUNT, ULID = "acme", "01JHZXW4M3N8Q2V5B7C9D1E3F5"

KEY, BEARER = new_api_key(ACCOUNT, "benchmark", now=0)
RECORD = FileRecord(
    key=FileKey(ACCOUNT, ULID),
    status=Status.UPLOADED,
    filename="in.jsonl",
    purpose="batch",
    bytes=len(CONTENT),
    created_at=int(time.time()),
    expires_at=int(time.time()) + 604_800,
    retention_s=604_800,
)
UPLOAD_BEGUN = (
    "<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId>"
    "</InitiateMultipartUploadResult>"
)


def dynamodb(operation: str, request: Any) -> Any:
    if operation == "GetItem":
        if request["TableName"] == KEYS_TABLE:
            return {"Item": item_of(KEY)}
        sort_key = request["Key"]["SK"]["S"]
        return {"Item": file_item(RECORD)} if sort_key.startswith("FILE#") else {}
    if operation == "UpdateItem":
        return {"Attributes": file_item(RECORD)}
    return {"Items": [], "Count": 0} if operation == "Query" else {}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if target := self.headers.get("X-Amz-Target"):
            answer = json.dumps(dynamodb(target.split(".")[1], json.loads(body))).encode()
            self._answer(answer, "application/x-amz-json-1.0")
        else:
            self._answer(UPLOAD_BEGUN.encode(), "application/xml")

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(b"", "application/xml")

    def do_GET(self) -> None:
        self._answer(CONTENT, "application/octet-stream")

    def _answer(self, body: bytes, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("ETag", '"0123456789abcdef0123456789abcdef"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its own name
        pass


@contextmanager
def serving() -> Iterator[str]:
    """The stub's endpoint."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
