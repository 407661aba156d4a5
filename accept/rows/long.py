"""What takes hours or days. A run begins it, and a later run with --long checks it.

IAM actions, beside those of `operator`: dynamodb:GetItem on the files table; s3:ListBucket,
s3:PutObject and s3:ListBucketMultipartUploads on the bucket.

Whoever checks has to be the account that began: a small file that lives 30 days shows it.
"""

import re
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

from accept.checking import Check
from accept.promises import Need, promise
from accept.rows.presigned import download_url
from accept.service import RETENTION, Service
from accept.waiting import Facts, NotYet, moment
from linegate.api_keys import parse_bearer
from tests.contract.lines import batch

HOUR_S = 3_600
DAY_S = 86_400
ANCHOR_S = 30 * DAY_S
PREFIX = "accept-long"
"""Not the run's prefix, which is what the end of a run removes."""

TTL_WITHIN_S = 3 * DAY_S
"""DynamoDB removes expired items typically within two days (DynamoDB, how TTL works)."""

ABORTED_WITHIN_S = 4 * DAY_S
COLLECTED_WITHIN_S = 4 * DAY_S
"""The reconciler's daily round after 25 hours, or a 1-day rule and S3's midnight; and slack."""

OBJECT = re.compile(r"files/\d\d/([^/]+)/([0-9A-Z]{26})$")


@promise("a file is answered until its expiry, and after it is a 404 and in no list", Need.LONG)
def expiry(service: Service, check: Check) -> str:
    def plant() -> Facts:
        file = _create(service, check, HOUR_S)
        return {"file": file["id"], "due_at": file["expires_at"], **_mine(service, check)}

    facts = _awaited(service, check, "expiry", plant)
    late_s = time.time() - facts["due_at"]
    check.error(service.send("GET", f"/files/{facts['file']}"), 404, "file_not_found")
    check.error(service.send("GET", f"/files/{facts['file']}/content"), 404, "file_not_found")
    listed = check.ok(service.send("GET", "/files", params={"limit": 100}))
    check.that(facts["file"] not in {each["id"] for each in listed["data"]}, "it is still listed")
    return _conclude(service, "expiry", facts, f"404 {late_s:.0f} s after its expiry")


@promise("an upload that nobody completed is a 404 after 24 hours", Need.LONG)
def upload_end(service: Service, check: Check) -> str:
    def plant() -> Facts:
        upload = _begin(service, check)
        due_at = upload["expires_at"]
        return {"upload": upload["id"], "due_at": due_at, **_mine(service, check)}

    facts = _awaited(service, check, "upload_end", plant)
    check.error(service.send("GET", f"/uploads/{facts['upload']}"), 404, "upload_not_found")
    late_s = time.time() - facts["due_at"]
    return _conclude(service, "upload_end", facts, f"404 {late_s:.0f} s after its end")


@promise(
    "TTL removes an expired record within 3 days, and its bytes follow",
    Need.LONG,
    Need.AWS,
    Need.OPERATOR,
)
def ttl(service: Service, check: Check) -> str:
    operator = service.operator
    assert operator is not None

    def plant() -> Facts:
        url, _, file_id = download_url(service, check, keep_as=f"{PREFIX}-ttl.jsonl")
        file = check.ok(service.send("GET", f"/files/{file_id}"))
        key = _object_key(url)
        return {"key": key, "due_at": file["expires_at"], **_mine(service, check)}

    facts = _awaited(service, check, "ttl", plant)
    found = OBJECT.search(facts["key"])
    assert found is not None
    item = {"PK": {"S": f"ACCOUNT#{found[1]}"}, "SK": {"S": f"FILE#{found[2]}"}}
    table = operator.outputs["FilesTable"]
    record = operator.client("dynamodb").get_item(TableName=table, Key=item).get("Item")
    _patient(check, "the record", record is None, facts["due_at"], TTL_WITHIN_S)
    left = _objects(service, facts["key"])
    _patient(check, "the bytes", left == [], facts["due_at"], TTL_WITHIN_S)
    return _conclude(service, "ttl", facts, f"both gone {_hours_since(facts['due_at'])} h after")


@promise(
    "the parts of an upload that nobody ended are removed from S3 within 4 days of its end",
    Need.LONG,
    Need.AWS,
    Need.OPERATOR,
)
def parts_aborted(service: Service, check: Check) -> str:
    operator = service.operator
    assert operator is not None

    def plant() -> Facts:
        upload = _begin(service, check)
        for answer in service.send_parts(upload, batch(2)):
            check.equal("PUT", answer.status_code, 200)
        key = _object_key(upload["multipart"]["parts"][0]["url"])
        due_at = upload["expires_at"]
        return {"key": key, "due_at": due_at, **_mine(service, check)}

    facts = _awaited(service, check, "parts_aborted", plant)
    answer = operator.client("s3").list_multipart_uploads(
        Bucket=operator.outputs["Bucket"], Prefix=facts["key"]
    )
    gone = not answer.get("Uploads")
    _patient(check, "the multipart upload", gone, facts["due_at"], ABORTED_WITHIN_S)
    evidence = f"none is open {_hours_since(facts['due_at'])} h after the upload's end"
    return _conclude(service, "parts_aborted", facts, evidence)


@promise(
    "bytes without a record are collected within 4 days: by the reconciler, or by lifecycle",
    Need.LONG,
    Need.AWS,
    Need.OPERATOR,
)
def bytes_collected(service: Service, check: Check) -> str:
    operator = service.operator
    assert operator is not None

    def plant() -> Facts:
        url, _, _ = download_url(service, check)
        key = f"{_object_key(url)[:-12]}{uuid.uuid4().hex[:12].upper()}"
        operator.client("s3").put_object(Bucket=operator.outputs["Bucket"], Key=key, Body=batch(1))
        check.equal("stored", _objects(service, key), [key])
        due_at = time.time() + DAY_S
        return {"key": key, "due_at": due_at, **_mine(service, check)}

    facts = _awaited(service, check, "bytes_collected", plant)
    left = _objects(service, facts["key"])
    _patient(check, "the object", left == [], facts["due_at"], COLLECTED_WITHIN_S)
    evidence = f"gone {_hours_since(facts['due_at'] - DAY_S)} h after it was stored"
    return _conclude(service, "bytes_collected", facts, evidence)


def _awaited(service: Service, check: Check, row: str, plant: Any) -> Facts:
    """What was planted, when it is due. Raises NotYet before, and for another account's."""
    assert service.waiting is not None
    facts = service.waiting.plant_once(row, plant)
    if time.time() < facts["due_at"]:
        raise NotYet(f"begun; run again with --long after {moment(facts['due_at'])}")
    anchor = service.send("GET", f"/files/{facts['anchor']}")
    if anchor.status_code == 404 and facts["owner"] != _owner(service):
        raise NotYet("begun with a key of another account: run with that account's key")
    check.ok(anchor)
    return facts


def _conclude(service: Service, row: str, facts: Facts, evidence: str) -> str:
    assert service.waiting is not None
    service.send("DELETE", f"/files/{facts['anchor']}")
    service.waiting.forget(row)
    return evidence


def _patient(check: Check, what: str, gone: bool, due_at: float, within_s: float) -> None:
    """Raises NotYet while it may still be there, and NotHeld later."""
    if not gone and time.time() < due_at + within_s:
        raise NotYet(f"{what} is still there; run again with --long by {moment(due_at + within_s)}")
    check.that(gone, f"{what} is still there, {_hours_since(due_at)} h after")


def _owner(service: Service) -> str:
    """The account, where it is known, or the id of its key."""
    parsed = parse_bearer(f"Bearer {service.key}")
    return service.account or (parsed[0] if parsed else "")


def _mine(service: Service, check: Check) -> Facts:
    """What a later run knows the account by: it must still have this file."""
    return {"owner": _owner(service), "anchor": _create(service, check, ANCHOR_S)["id"]}


def _create(service: Service, check: Check, seconds: int) -> dict[str, Any]:
    form = {"purpose": "batch", "expires_after[anchor]": "created_at"}
    form["expires_after[seconds]"] = str(seconds)
    file = {"file": (f"{PREFIX}-{seconds}.jsonl", batch(1))}
    created: dict[str, Any] = check.ok(service.send("POST", "/files", data=form, files=file))
    return created


def _begin(service: Service, check: Check) -> dict[str, Any]:
    new = {"filename": f"{PREFIX}.jsonl", "purpose": "batch", "bytes": len(batch(2))}
    new["expires_after"] = RETENTION | {"seconds": 2 * DAY_S}
    upload: dict[str, Any] = check.ok(service.send("POST", "/uploads", json=new))
    return upload


def _object_key(url: str) -> str:
    found = OBJECT.search(urlsplit(url).path)
    assert found is not None, "the URL does not end with an object's key"
    return found[0]


def _objects(service: Service, key: str) -> list[str]:
    operator = service.operator
    assert operator is not None
    answer = operator.client("s3").list_objects_v2(Bucket=operator.outputs["Bucket"], Prefix=key)
    return [each["Key"] for each in answer.get("Contents", [])]


def _hours_since(at_s: float) -> str:
    return f"{(time.time() - at_s) / HOUR_S:.1f}"
