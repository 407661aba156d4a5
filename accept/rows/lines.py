"""The check of a batch file's lines: every error, by its line."""

import hashlib
import json
from typing import Any

from accept.checking import Check
from accept.promises import promise
from accept.service import Service
from tests.contract.lines import batch, request_line

MIB = 1 << 20
REPORT_FIELDS = {
    "object",
    "file_id",
    "valid",
    "lines",
    "requests",
    "bytes",
    "models",
    "error_count",
    "errors",
    "checked_at",
    "sha256",
    "duration_ms",
}

WANTED = [
    (2, "invalid_json_line", None),
    (3, "invalid_json_line", None),
    (4, "missing_required_parameter", "custom_id"),
    (5, "invalid_value", "method"),
    (6, "invalid_url", "url"),
    (7, "missing_required_parameter", "body.model"),
    (8, "mismatched_model", "body.model"),
    (9, "streaming_unsupported", "body.stream"),
    (10, "duplicate_custom_id", "custom_id"),
    (11, "invalid_encoding", None),
    (12, "line_too_long", None),
]
"""The errors of `broken_lines`: line, code, param. Line 1 is valid, 13 blank, 14 valid."""


def broken_lines() -> bytes:
    good = json.loads(request_line("1"))

    def line_with(**fields: Any) -> bytes:
        line = {**good, "custom_id": str(len(lines) + 1), **fields}
        return json.dumps({k: v for k, v in line.items() if v is not None}).encode() + b"\n"

    lines = [request_line("1"), b"{not json\n", b'{"custom_id": "3", "body": NaN}\n']
    lines.append(line_with(custom_id=None))
    lines.append(line_with(method="GET"))
    lines.append(line_with(url="/v1/nothing"))
    lines.append(line_with(body={"messages": []}))
    lines.append(line_with(body={**good["body"], "model": "another"}))
    lines.append(line_with(body={**good["body"], "stream": True}))
    lines.append(line_with(custom_id="1"))
    lines.append(line_with(user="X").replace(b'"X"', b'"\xff"'))
    lines.append(line_with(user="x" * MIB))
    lines += [b"  \r\n", request_line("14")]
    return b"".join(lines)


def _found(errors: Any) -> list[tuple[int | None, str, str | None]]:
    return [(error["line"], error["code"], error["param"]) for error in errors["data"]]


@promise("a file with broken lines is refused with every error, by line, code and field")
def line_errors(service: Service, check: Check) -> str:
    answer = service.create(broken_lines(), "broken.jsonl")
    message = check.error(answer, 400, "invalid_json_line")
    error = answer.json()["error"]
    check.equal("errors", _found(error["errors"]), WANTED)
    check.equal("error_count", error["error_count"], len(WANTED))
    newest = check.ok(service.send("GET", "/files", params={"order": "desc", "limit": 100}))
    names = {file["filename"] for file in newest["data"]}
    check.that(service.name("broken.jsonl") not in names, "the refused file is listed")
    return f"{len(WANTED)} errors of {len({code for _, code, _ in WANTED})} kinds: {message}"


@promise("the same file in parts becomes `error`, and its report names the same errors")
def error_report(service: Service, check: Check) -> str:
    content = broken_lines()
    file = service.upload_file(content, "broken-in-parts.jsonl")
    check.equal("status", file["status"], "error")
    check.contains("status_details", str(file["status_details"]), str(len(WANTED)))
    report = check.ok(service.send("GET", f"/files/{file['id']}/validation"))
    check.that(set(report) >= REPORT_FIELDS, f"missing: {REPORT_FIELDS - set(report)}")
    check.equal("errors", _found(report["errors"]), WANTED)
    check.equal("error_count", report["error_count"], len(WANTED))
    check.equal("valid", (report["valid"], report["lines"]), (False, 14))
    check.equal("bytes", report["bytes"], len(content))
    return str(file["status_details"])


@promise("the report of a valid file counts its lines, requests and models")
def valid_report(service: Service, check: Check) -> str:
    content = batch(2).replace(b"\n", b"\r\n") + b"\n" + request_line("last")[:-1]
    file = check.ok(service.create(content))
    report = check.ok(service.send("GET", f"/files/{file['id']}/validation"))
    check.that(set(report) >= REPORT_FIELDS, f"missing: {REPORT_FIELDS - set(report)}")
    check.equal("sha256", report["sha256"], hashlib.sha256(content).hexdigest())
    counted = (report["valid"], report["lines"], report["requests"], report["error_count"])
    check.equal("valid, lines, requests, errors", counted, (True, 4, 3, 0))
    check.equal("models", report["models"], ["llama-3.3-70b"])
    check.equal("object", (report["object"], report["file_id"]), ("file.validation", file["id"]))
    return f"CRLF, a blank line, no final newline: {report['requests']} requests, valid"


@promise("an empty file, a byte order mark and one request too many are each named")
def whole_file_errors(service: Service, check: Check) -> str:
    check.error(service.create(b"\n"), 400, "empty_file")
    check.error(service.create(b"\xef\xbb\xbf" + batch(1)), 400, "invalid_encoding")
    most = check.ok(service.send("GET", "/limits"))["batch"]["max_requests"]
    line = b'{"custom_id":"%d","method":"POST","url":"/v1/embeddings","body":{"model":"m"}}\n'
    content = b"".join(line % number for number in range(most + 1))
    file = service.upload_file(content, "too-many.jsonl")
    check.equal("status", file["status"], "error")
    report = check.ok(service.send("GET", f"/files/{file['id']}/validation"))
    wanted = [(most + 1, "too_many_tasks", None)]
    check.equal("errors", _found(report["errors"]), wanted)
    return str(file["status_details"])
