"""A Linegate service and its storage in memory, to be asked by any HTTP library, or by none."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from linegate.transfer.flow import Answer, Call

BASE_URL = "https://linegate.test/v1"
STORAGE = "https://storage.test"
KEY = "lg_0123456789abcdef_secret"
PART_BYTES = 8 << 20


@dataclass
class Asked:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def to_storage(self) -> bool:
        return self.url.endswith("?signed")

    @property
    def route(self) -> str:
        """`POST /uploads/{id}/complete`, or `PUT part 3`."""
        path = self.url.partition("?")[0]
        if self.to_storage:
            return f"{self.method} part {path.rpartition('/')[2]}"
        path = path.partition("/v1")[2]
        return f"{self.method} " + re.sub(r"(upload|file)-\w+", "{id}", path)

    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


Fault = Callable[[Asked], "Answer | Exception | None"]


@dataclass
class FakeService:
    """Answers like the service. `fault` may answer first, or raise."""

    verdict: str = "processed"
    looks_until_checked: int = 1
    errors: list[dict[str, Any]] = field(default_factory=list)
    fault: Fault | None = None
    storage: str = STORAGE
    part_bytes: int = PART_BYTES
    asked: list[Asked] = field(default_factory=list)
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: Counter[str] = field(default_factory=Counter)
    limits: dict[str, Any] = field(default_factory=dict)
    """What GET /limits answers; nothing is a 404."""
    contents: dict[str, bytes] = field(default_factory=dict)

    @property
    def routes(self) -> list[str]:
        return [asked.route for asked in self.asked]

    def count(self, route: str) -> int:
        return self.routes.count(route)

    def content(self, upload_id: str) -> bytes:
        return b"".join(part for _, part in sorted(self.parts[upload_id].items()))

    def answer(self, asked: Asked) -> Answer:
        """May raise what fault gives."""
        self.asked.append(asked)
        found = self.fault(asked) if self.fault else None
        if isinstance(found, Exception):
            raise found
        return found or self._answer(asked)

    def send(self, call: Call) -> Answer:
        """As a Runner wants it, without any HTTP library."""
        body = b"".join(call.body) if call.body else json.dumps(call.fields or {}).encode()
        return self.answer(Asked(call.method, call.url, dict(call.headers), body))

    def _answer(self, asked: Asked) -> Answer:
        if asked.to_storage:
            return self._storage(asked)
        if asked.headers.get("authorization", f"Bearer {KEY}") != f"Bearer {KEY}":
            return refused(401, "invalid_api_key")
        route = asked.route.rstrip("/")
        found = re.search(r"(?:upload|file)-\w+", asked.url)
        named = found[0] if found else ""
        if route == "POST /uploads":
            return self._begin(asked.json())
        if route == "POST /files":
            named_in_form = re.search(rb'filename="([^"]+)"', asked.body)
            name = named_in_form[1].decode() if named_in_form else "direct"
            return good(self._file("file-direct", len(asked.body), name, "processed"))
        if route == "GET /limits" and self.limits:
            return good(self.limits)
        if route == "GET /files":
            return good({"object": "list", "data": list(self.files.values()), "has_more": False})
        if named in self.contents and asked.route == "GET /files/{id}/content":
            return Answer(302, {"location": f"{self.storage}/{named}?signed"}, b"{}")
        if named not in self.uploads and named not in self.files:
            return refused(404, "not_found")
        routes: dict[str, Callable[[], Answer]] = {
            "GET /uploads/{id}": lambda: good(self._upload(named)),
            "POST /uploads/{id}/complete": lambda: self._complete(named),
            "GET /files/{id}": lambda: self._look(named),
            "GET /files/{id}/validation": self._report,
            "DELETE /files/{id}": lambda: good({"id": self.files.pop(named)["id"]}),
        }
        return routes[route]()

    def _report(self) -> Answer:
        errors = {"object": "list", "data": self.errors}
        return good({"valid": False, "error_count": len(self.errors), "errors": errors})

    def _begin(self, fields: dict[str, Any]) -> Answer:
        upload_id = f"upload-{len(self.uploads)}"
        self.uploads[upload_id] = {
            "id": upload_id,
            "object": "upload",
            "status": "pending",
        } | fields
        self.parts[upload_id] = {}
        return good(self._upload(upload_id))

    def _upload(self, upload_id: str) -> dict[str, Any]:
        upload, held = self.uploads[upload_id], self.parts[upload_id]
        if upload["status"] != "pending":
            return upload
        count = -(-upload["bytes"] // self.part_bytes)
        last = upload["bytes"] - (count - 1) * self.part_bytes
        parts = [
            {
                "part_number": number,
                "bytes": self.part_bytes if number < count else last,
                "url": f"{self.storage}/{upload_id}/{number}?signed",
            }
            for number in range(1, count + 1)
            if number not in held
        ]
        multipart = {"part_size": self.part_bytes, "parts": parts, "uploaded": sorted(held)}
        return upload | {"multipart": multipart}

    def _storage(self, asked: Asked) -> Answer:
        object_id = asked.url.rpartition("/")[2].removesuffix("?signed")
        if asked.method == "GET" and object_id in self.contents:
            return self._range(self.contents[object_id], asked)
        found = re.search(r"/(upload-\d+)/(\d+)\?signed$", asked.url)
        if not found:
            return Answer(403, {}, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        self.parts[found[1]][int(found[2])] = asked.body
        return Answer(200, {"etag": '"x"'}, b"")

    @staticmethod
    def _range(content: bytes, asked: Asked) -> Answer:
        """With an ETag that says nothing of the bytes, as under a customer-managed key."""
        ranged = re.fullmatch(r"bytes=(\d+)-(\d+)", asked.headers.get("range", ""))
        if not ranged:
            return Answer(200, {"etag": '"opaque"'}, content)
        return Answer(206, {"etag": '"opaque"'}, content[int(ranged[1]) : int(ranged[2]) + 1])

    def keep(self, file_id: str, content: bytes, **fields: Any) -> dict[str, Any]:
        """A file that is there, and its content behind a redirect."""
        file = self._file(file_id, len(content), "kept.jsonl", "processed")
        file["sha256"] = hashlib.sha256(content).hexdigest()
        self.contents[file_id] = content
        file.update(fields)
        return file

    def _complete(self, upload_id: str) -> Answer:
        upload = self.uploads[upload_id]
        if upload["status"] == "pending":
            there = len(self.content(upload_id))
            if there != upload["bytes"]:
                return refused(400, "invalid_value")
            upload["status"] = "completed"
            file_id = upload_id.replace("upload", "file")
            upload["file"] = self._file(file_id, there, upload["filename"], "uploaded")
        return good(upload)

    def _look(self, file_id: str) -> Answer:
        self.looks[file_id] += 1
        file = self.files[file_id]
        if self.looks[file_id] >= self.looks_until_checked:
            file["status"] = self.verdict
            file["status_details"] = "3 errors. Line 1: …" if self.errors else None
        return good(file)

    def _file(self, file_id: str, size: int, filename: str, status: str) -> dict[str, Any]:
        self.files[file_id] = {
            "id": file_id,
            "object": "file",
            "bytes": size,
            "created_at": 1,
            "expires_at": 2,
            "filename": filename,
            "purpose": "batch",
            "status": status,
            "status_details": None,
            "line_count": None,
        }
        return self.files[file_id]


def good(found: dict[str, Any]) -> Answer:
    headers = {"content-type": "application/json", "x-request-id": "request-1"}
    return Answer(200, headers, json.dumps(found).encode())


def refused(status: int, code: str) -> Answer:
    shape = {"message": f"It is {code}.", "type": "invalid_request_error", "param": None}
    shape["code"] = code
    content = json.dumps({"error": shape, **shape}).encode()
    return Answer(status, {"content-type": "application/json"}, content)
