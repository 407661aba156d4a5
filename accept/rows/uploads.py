"""Uploads in parts: presigned, through the API, interrupted, wrong."""

import hashlib
import json
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from accept.checking import Check, shown
from accept.promises import promise
from accept.service import RETENTION, Service
from tests.contract.lines import batch, batch_of

MIB = 1 << 20
TWO_PARTS = 9 * MIB + 1_000
LINE_BYTES = 8 * 1_024


@promise("a file above 4 MiB in presigned parts is checked, hashed, and comes back byte for byte")
def presigned_parts(service: Service, check: Check) -> str:
    content = batch_of(TWO_PARTS, LINE_BYTES)
    upload = check.ok(service.begin(len(content), "presigned.jsonl"))
    check.equal("status", upload["status"], "pending")
    parts = upload["multipart"]["parts"]
    check.that(len(parts) >= 2, f"{len(parts)} parts")
    check.equal("bytes of the parts", sum(part["bytes"] for part in parts), len(content))
    sent = service.send_parts(upload, content)
    check.equal("PUT of the parts", [answer.status_code for answer in sent], [200] * len(parts))
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    completed = check.ok(service.complete(upload["id"], md5=digest))
    check.equal("status", completed["status"], "completed")
    check.equal("the ids' last 26", completed["file"]["id"][-26:], upload["id"][-26:])
    file = service.wait_until_checked(completed["file"]["id"])
    check.equal("status", (file["status"], file["status_details"]), ("processed", None))
    check.equal("sha256", file["sha256"], hashlib.sha256(content).hexdigest())
    with service.openai() as client:
        check.that(client.files.content(file["id"]).content == content, "other bytes came back")
    return f"{file['id']}: {len(content)} bytes in {len(parts)} parts, {file['status']}"


@promise("an upload that broke off is resumed: S3's parts are listed, the others get fresh URLs")
def resume(service: Service, check: Check) -> str:
    content = batch_of(TWO_PARTS, LINE_BYTES)
    upload = check.ok(service.begin(len(content), "resumed.jsonl"))
    first, *others = upload["multipart"]["parts"]
    size = upload["multipart"]["part_size"]
    check.equal("PUT", service.store("PUT", first["url"], content=content[:size]).status_code, 200)
    again = check.ok(service.send("GET", f"/uploads/{upload['id']}"))
    check.equal("uploaded", again["multipart"]["uploaded"], [1])
    missing = [part["part_number"] for part in again["multipart"]["parts"]]
    check.equal("parts", missing, [part["part_number"] for part in others])
    service.send_parts(again, content)
    file = service.wait_until_checked(check.ok(service.complete(upload["id"]))["file"]["id"])
    check.equal("status", (file["status"], file["bytes"]), ("processed", len(content)))
    return f"part 1 kept, {missing} sent after GET /uploads/{upload['id']}"


@promise("the stock client's upload_file_chunked works with parts of 4 MiB")
def chunked(service: Service, check: Check) -> str:
    content = batch_of(TWO_PARTS, LINE_BYTES)
    with tempfile.TemporaryDirectory() as folder, service.openai(max_retries=5) as client:
        path = Path(folder) / service.name("chunked.jsonl")
        path.write_bytes(content)
        upload = client.uploads.upload_file_chunked(
            file=path, purpose="batch", mime_type="application/jsonl", part_size=4 * MIB
        )
    check.equal("status", upload.status, "completed")
    assert upload.file is not None
    file = service.wait_until_checked(upload.file.id)
    check.equal("status", (file["status"], file["bytes"]), ("processed", len(content)))
    answer = service.send("GET", f"/files/{file['id']}/content")
    location = answer.headers.get("location", "")
    check.that(service.store("GET", location).content == content, "other bytes came back")
    return f"{file['id']}: {len(content)} bytes through the API, {file['status']}"


@promise("an unfinished upload is no file; it is completed once, and twice is the same answer")
def completing(service: Service, check: Check) -> str:
    content = batch(2)
    upload = check.ok(service.begin(len(content)))
    file_id = upload["id"].replace("upload-", "file-")
    check.error(service.send("GET", f"/files/{file_id}"), 404, "file_not_found")
    message = check.error(service.complete(upload["id"]), 400, "invalid_value")
    pending = check.ok(service.send("GET", f"/uploads/{upload['id']}"))
    check.equal("after a refused complete", pending["status"], "pending")
    service.send_parts(upload, content)
    first = check.ok(service.complete(upload["id"]))
    service.wait_until_checked(file_id)
    again = check.ok(service.complete(upload["id"]))
    check.equal("completed again", again["file"]["id"], first["file"]["id"])
    check.equal("status", again["file"]["status"], "processed")
    return f"without its parts: 400 ({shown(message)[:60]}…), still pending; then {file_id}"


@promise("a cancelled upload takes no part and cannot be completed")
def cancelling(service: Service, check: Check) -> str:
    content = batch(2)
    upload = check.ok(service.begin(len(content)))
    service.send_parts(upload, content)
    cancelled = check.ok(service.send("POST", f"/uploads/{upload['id']}/cancel"))
    check.equal("status", cancelled["status"], "cancelled")
    (answer,) = service.send_parts(upload, content)
    check.equal("PUT after cancel", answer.status_code, 404)
    check.error(service.complete(upload["id"]), 400, "invalid_value")
    file_id = upload["id"].replace("upload-", "file-")
    check.error(service.send("GET", f"/files/{file_id}"), 404, "file_not_found")
    return f"{upload['id']}: cancelled; a part's PUT answers {answer.status_code}, complete 400"


@promise("an MD5 that is not the file's makes the file `error`")
def md5_mismatch(service: Service, check: Check) -> str:
    file = service.upload_file(batch(2), md5="0" * 32)
    check.equal("status", file["status"], "error")
    report = check.ok(service.send("GET", f"/files/{file['id']}/validation"))
    check.equal("codes", [error["code"] for error in report["errors"]["data"]], ["md5_mismatch"])
    return str(file["status_details"])


@promise("an upload above the largest size is refused at once, a part above the direct limit too")
def announced_size(service: Service, check: Check) -> str:
    limits = check.ok(service.send("GET", "/limits"))
    largest, direct = limits["max_file_bytes"], limits["max_direct_bytes"]
    new = {"filename": service.name(), "purpose": "batch", "expires_after": RETENTION}
    answer = service.send("POST", "/uploads", json=new | {"bytes": largest + 1})
    message = check.error(answer, 400, "invalid_value", "bytes")
    upload = check.ok(service.begin(9 * MIB))
    path = f"/uploads/{upload['id']}/parts"
    answer = service.send("POST", path, files={"data": b"x" * (direct + 1)})
    too_large = check.error(answer, 413, "request_too_large")
    check.contains("the message", too_large, str(direct))
    check.contains("the message", too_large, "part_size")
    part = check.ok(service.send("POST", path, files={"data": b"x"}))
    check.equal("object", (part["object"], part["upload_id"]), ("upload.part", upload["id"]))
    check.ok(service.send("POST", f"/uploads/{upload['id']}/cancel"))
    return message


@promise("S3's event reaches the check: a small file has its verdict within 60 s of complete")
def event_to_verdict(service: Service, check: Check) -> str:
    content, times = batch(2), []
    for _ in range(3):
        upload = check.ok(service.begin(len(content)))
        service.send_parts(upload, content)
        started = time.monotonic()
        file = check.ok(service.complete(upload["id"]))["file"]
        checked = service.wait_until_checked(file["id"], within_s=60)
        check.equal("status", checked["status"], "processed")
        times.append(time.monotonic() - started)
    return "processed after " + ", ".join(f"{seconds:.1f} s" for seconds in times)


@promise("a part URL is signed for its length, and on AWS is over TLS")
def part_urls(service: Service, check: Check) -> str:
    upload = check.ok(service.begin(TWO_PARTS))
    for part in upload["multipart"]["parts"]:
        url = urlsplit(part["url"])
        check.one_of("scheme", url.scheme, ("http", "https") if service.emulated else ("https",))
        check.contains("the URL", url.query, "X-Amz-Signature=")
        check.contains("signed headers", url.query, "content-length")
    check.ok(service.send("POST", f"/uploads/{upload['id']}/cancel"))
    return f"{len(upload['multipart']['parts'])} URLs at {url.scheme}://{url.hostname}"


@promise("GET /uploads lists what is pending, without URLs, and nothing that has ended")
def pending_list(service: Service, check: Check) -> str:
    content = batch(1)
    pending, cancelled, completed = (check.ok(service.begin(len(content))) for _ in range(3))
    check.ok(service.send("POST", f"/uploads/{cancelled['id']}/cancel"))
    service.send_parts(completed, content)
    check.ok(service.complete(completed["id"]))
    page = check.ok(service.send("GET", "/uploads", params={"order": "desc", "limit": 100}))
    listed = {upload["id"]: upload for upload in page["data"]}
    check.that(pending["id"] in listed, f"{pending['id']} is not listed")
    check.that("X-Amz-" not in str(page), "the list has signed URLs")
    for upload in (cancelled, completed):
        check.that(upload["id"] not in listed, f"{upload['id']} is still listed")
    if service.other_key is not None:
        foreign = check.ok(service.send_as(service.other_key, "GET", "/uploads"))
        ids = {upload["id"] for upload in foreign["data"]}
        check.that(pending["id"] not in ids, "another account sees it")
    check.ok(service.send("POST", f"/uploads/{pending['id']}/cancel"))
    return f"{pending['id']} is listed; the completed and the cancelled one are not"


@promise("a JSON body is read whatever its content type says: curl's -d sends a form's")
def json_as_form(service: Service, check: Check) -> str:
    new = {"filename": service.name(), "purpose": "batch", "bytes": 10, "expires_after": RETENTION}
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    answer = service.send("POST", "/uploads", headers=form, content=json.dumps(new))
    upload = check.ok(answer)
    check.equal("status", (upload["status"], upload["bytes"]), ("pending", 10))
    check.ok(service.send("POST", f"/uploads/{upload['id']}/cancel"))
    return f"{upload['id']} from application/x-www-form-urlencoded"


@promise("parts sent through the API cannot carry more than was announced")
def proxied_parts_bounded(service: Service, check: Check) -> str:
    upload = check.ok(service.begin(100))
    path = f"/uploads/{upload['id']}/parts"
    answer = service.send("POST", path, files={"data": b"x" * 101})
    message = check.error(answer, 400, "invalid_value", "data")
    part = check.ok(service.send("POST", path, files={"data": b"x" * 100}))
    check.equal("object", part["object"], "upload.part")
    for _ in range(100):
        answer = service.send("POST", path, files={"data": b"x" * 100})
        if answer.status_code != 200:
            break
    check.equal("the same bytes over and over", answer.status_code, 400)
    check.ok(service.send("POST", f"/uploads/{upload['id']}/cancel"))
    return message
