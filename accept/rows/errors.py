"""Errors: codes, both shapes, and a request id on every answer."""

import uuid

from accept.checking import Check
from accept.promises import promise
from accept.service import RETENTION, Service
from tests.contract.lines import batch

MIB = 1 << 20
NO_FILE = "file-01ARZ3NDEKTSV4RRFFQ69G5FAV"
NO_UPLOAD = "upload-01ARZ3NDEKTSV4RRFFQ69G5FAV"


@promise("a file that does not exist and a malformed id are the same 404, in both error shapes")
def not_found(service: Service, check: Check) -> str:
    messages = set()
    for path in (f"/files/{NO_FILE}", "/files/nothing", f"/files/{NO_FILE}/content"):
        messages.add(check.error(service.send("GET", path), 404, "file_not_found"))
    messages.add(check.error(service.send("DELETE", f"/files/{NO_FILE}"), 404, "file_not_found"))
    check.equal("different messages", len(messages), 1)
    check.error(service.send("GET", f"/uploads/{NO_UPLOAD}"), 404, "upload_not_found")
    check.error(service.send("GET", "/uploads/nothing"), 404, "upload_not_found")
    return messages.pop()


@promise("a missing or wrong field is a 400 that names it and quotes what was sent")
def bad_fields(service: Service, check: Check) -> str:
    form = {"file": (service.name(), batch(1))}
    new = {"filename": service.name(), "purpose": "batch", "bytes": 10, "expires_after": RETENTION}
    missing, wrong = "missing_required_parameter", "invalid_value"
    refused = [
        (service.send("POST", "/files", files=form), missing, "purpose"),
        (service.send("POST", "/files", data={"purpose": "x"}, files=form), wrong, "purpose"),
        (service.send("POST", "/uploads", json={**new, "bytes": 0}), wrong, "bytes"),
        (service.send("POST", "/uploads", json={**new, "bytes": "1"}), wrong, "bytes"),
        (service.send("POST", "/uploads", json={**new, "purpose": None}), missing, "purpose"),
        (service.send("POST", "/uploads", json={**new, "filename": ""}), wrong, "filename"),
        (service.send("GET", "/files", params={"after": "x"}), wrong, "after"),
        (service.send("GET", "/files", params={"order": "up"}), wrong, "order"),
    ]
    for answer, code, param in refused:
        check.error(answer, 400, code, param)
    message = check.error(service.send("GET", "/files", params={"order": "up"}), 400, wrong)
    check.contains("the message", message, "'up'")
    retention = {"anchor": "created_at", "seconds": 3_599}
    answer = service.send("POST", "/uploads", json={**new, "expires_after": retention})
    message = check.error(answer, 400, wrong, "expires_after[seconds]")
    return f"10 refusals; {message}"


@promise("a body that is no form is a 415 for files, and broken multipart is a 400")
def not_a_form(service: Service, check: Check) -> str:
    message = check.error(
        service.send("POST", "/files", json={"purpose": "batch"}), 415, "unsupported_media_type"
    )
    broken = [("Content-Type", "multipart/form-data; boundary=x")]
    answer = service.send("POST", "/files", headers=broken, content=b"--y\r\n")
    check.error(answer, 400, "invalid_multipart")
    return message


@promise("a file above the direct limit in one request is a 413 that names it and what to use")
def too_large(service: Service, check: Check) -> str:
    limit = check.ok(service.send("GET", "/limits"))["max_direct_bytes"]
    for size in (limit + 1, limit + MIB):
        answer = service.create(b"x" * size)
        message = check.error(answer, 413, "request_too_large")
        check.contains("the message", message, "/uploads")
        check.contains("the message", message, str(limit))
    return message


@promise("every answer has an x-request-id of its own")
def request_ids(service: Service, check: Check) -> str:
    asked = ("/files", "/files", f"/files/{NO_FILE}", "/nothing", "/openapi.json")
    answers = [service.send("GET", path) for path in asked]
    answers.append(service.send_as(None, "GET", "/files"))
    if not service.emulated:  # which takes the mapping of a mock's header literally
        answers.append(service.send_as(None, "GET", "/tcp_warming"))
    ids = [answer.headers.get("x-request-id", "") for answer in answers]
    for answer, request_id in zip(answers, ids, strict=True):
        check.that(_is_uuid(request_id), f"{answer.request.url.path}: x-request-id {request_id!r}")
    check.equal("different ids", len(set(ids)), len(ids))
    return f"{len(ids)} answers, from 200 to 404: {ids[0]}, …"


@promise("no answer may be cached or taken for another type: no-store and nosniff")
def safe_headers(service: Service, check: Check) -> str:
    file = check.ok(service.create(batch(1)))
    answers = [
        service.send("GET", "/files?limit=1"),
        service.send("GET", f"/files/{file['id']}/content"),
        service.send("GET", f"/files/{NO_FILE}"),
        service.send("GET", "/nothing"),
        service.send_as(None, "GET", "/files"),
        service.send_as(None, "GET", "/tcp_warming"),
    ]
    check.equal("content", answers[1].content, batch(1))
    for answer in answers:
        what = f"{answer.status_code} {answer.request.url.path}"
        headers = answer.headers
        check.contains(f"{what}: Cache-Control", headers.get("cache-control", ""), "no-store")
        nosniff = headers.get("x-content-type-options")
        check.equal(f"{what}: X-Content-Type-Options", nosniff, "nosniff")
    return f"{len(answers)} answers, of functions and of the gateway"


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
