"""Deletion and expiry, as far as minutes can show them."""

import time

from accept.checking import Check
from accept.promises import Need, promise
from accept.rows.presigned import download_url
from accept.service import SHORTEST_RETENTION_S, Service
from tests.contract.lines import batch

GONE_WITHIN_S = 120


@promise("a deleted file is a 404 on every route and in no list, at once; deleted again: 404")
def deleted(service: Service, check: Check) -> str:
    file = check.ok(service.create(batch(1)))
    path = f"/files/{file['id']}"
    answer = check.ok(service.send("DELETE", path))
    check.equal("DELETE", answer, {"id": file["id"], "object": "file", "deleted": True})
    for method, route in (
        ("GET", path),
        ("GET", f"{path}/content"),
        ("GET", f"{path}/validation"),
        ("DELETE", path),
    ):
        message = check.error(service.send(method, route), 404, "file_not_found")
    listed = check.ok(service.send("GET", "/files", params={"order": "desc", "limit": 100}))
    check.that(file["id"] not in {each["id"] for each in listed["data"]}, "it is still listed")
    return f"{file['id']}: {message}"


@promise("the bytes of a deleted file are removed from S3: a download URL from before is a 404")
def bytes_removed(service: Service, check: Check) -> str:
    url, content, file_id = download_url(service, check)
    check.that(service.store("GET", url).content == content, "other bytes came back")
    check.ok(service.send("DELETE", f"/files/{file_id}"))
    started = time.monotonic()
    answer = service.until(
        lambda: service.store("GET", url, [("Range", "bytes=0-0")]),
        lambda found: found.status_code == 404,
        GONE_WITHIN_S,
    )
    check.equal(f"after {GONE_WITHIN_S} s", answer.status_code, 404)
    check.contains("S3's answer", answer.text, "NoSuchKey")
    return f"404 NoSuchKey {time.monotonic() - started:.1f} s after DELETE"


@promise("the retention that was asked for is kept to the second, from 1 hour to 30 days")
def retention(service: Service, check: Check) -> str:
    for seconds in (SHORTEST_RETENTION_S, 2_592_000):
        form = {"purpose": "batch", "expires_after[anchor]": "created_at"}
        form["expires_after[seconds]"] = str(seconds)
        upload = {"file": (service.name(), batch(1))}
        file = check.ok(service.send("POST", "/files", data=form, files=upload))
        check.equal("retention", file["expires_at"] - file["created_at"], seconds)
        check.within("created_at", file["created_at"], time.time() - 300, time.time() + 300)
        check.ok(service.send("DELETE", f"/files/{file['id']}"))
    for seconds in (SHORTEST_RETENTION_S - 1, 2_592_001):
        form["expires_after[seconds]"] = str(seconds)
        answer = service.send("POST", "/files", data=form, files=upload)
        check.error(answer, 400, "invalid_value", "expires_after[seconds]")
    return "3,600 and 2,592,000 s exactly; 3,599 and 2,592,001: 400"


@promise("S3 has a lifecycle rule that would expire the bytes by itself", Need.AWS)
def lifecycle_header(service: Service, check: Check) -> str:
    url, _, _ = download_url(service, check)
    rule = service.store("GET", url).headers.get("x-amz-expiration", "")
    check.contains("x-amz-expiration", rule, "expiry-date=")
    return str(rule)
