"""Files in one request, with the stock client and with curl."""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

from openai import NotFoundError

from accept.checking import Check
from accept.promises import promise
from accept.service import RETENTION, SHORTEST_RETENTION_S, Service
from tests.contract.lines import batch

FILE_FIELDS = {
    "id",
    "object",
    "bytes",
    "created_at",
    "expires_at",
    "filename",
    "purpose",
    "status",
    "status_details",
    "line_count",
    "sha256",
}
UNICODE = 'größe 数据 "1".jsonl'


@promise("the stock client creates, lists, retrieves, downloads and deletes a file")
def stock_client(service: Service, check: Check) -> str:
    content = batch(3)
    with service.openai() as client:
        file = client.files.create(
            file=(service.name(), content),
            purpose="batch",
            expires_after={"anchor": "created_at", "seconds": SHORTEST_RETENTION_S},
        )
        check.equal("status", file.status, "processed")
        check.equal("bytes", file.bytes, len(content))
        listed = {each.id for each in client.files.list(order="desc", limit=100).data}
        check.that(file.id in listed, f"{file.id} is not listed")
        check.equal("retrieved", client.files.retrieve(file.id), file)
        check.equal("content", client.files.content(file.id).content, content)
        check.equal("deleted", client.files.delete(file.id).deleted, True)
        try:
            client.files.retrieve(file.id)
        except NotFoundError as error:
            check.equal("code", error.code, "file_not_found")
        else:
            check.that(False, "a deleted file is still retrieved")
    return f"{file.id}: {file.bytes} bytes, processed, deleted, then 404"


@promise("a file is answered with every field, and its lines are checked before the answer")
def file_fields(service: Service, check: Check) -> str:
    content = batch(2)
    file = check.ok(service.create(content))
    check.that(set(file) >= FILE_FIELDS, f"missing: {FILE_FIELDS - set(file)}")
    check.that(file["id"].startswith("file-") and len(file["id"]) == 31, f"id {file['id']}")
    check.equal("object", file["object"], "file")
    check.equal("purpose", file["purpose"], "batch")
    check.equal("status", (file["status"], file["status_details"]), ("processed", None))
    check.equal("line_count", file["line_count"], 2)
    check.equal("bytes", file["bytes"], len(content))
    check.equal("sha256", file["sha256"], hashlib.sha256(content).hexdigest())
    check.equal("retention", file["expires_at"] - file["created_at"], SHORTEST_RETENTION_S)
    return f"{file['id']}: {len(file)} fields, {file['status']}, {file['line_count']} requests"


@promise("a Unicode file name comes back exactly, in the record and in Content-Disposition")
def unicode_name(service: Service, check: Check) -> str:
    wanted = service.name(UNICODE)
    with service.openai() as client:
        created = client.files.create(
            file=(wanted, batch(1)),
            purpose="batch",
            expires_after={"anchor": "created_at", "seconds": SHORTEST_RETENTION_S},
        )
    file = check.ok(service.send("GET", f"/files/{created.id}"))
    check.equal("filename", file["filename"], wanted)
    answer = service.send("GET", f"/files/{created.id}/content")
    check.equal("content", answer.content, batch(1))
    disposition: str = answer.headers.get("content-disposition", "")
    check.contains("Content-Disposition", disposition, "filename*=UTF-8''")
    check.equal("media type", answer.headers.get("content-type"), "application/x-ndjson")
    return disposition


@promise("listing pages forwards and backwards without a gap or a repeat")
def paging(service: Service, check: Check) -> str:
    created = [check.ok(service.create(batch(1), f"{n}.jsonl"))["id"] for n in range(5)]
    before = check.ok(service.send("GET", "/files", params={"order": "desc", "limit": 100}))
    anchor = next((f["id"] for f in before["data"] if f["id"] < created[0]), None)
    forwards = _collect_pages(
        service, check, {"order": "asc"} | ({"after": anchor} if anchor else {})
    )
    backwards = _collect_pages(service, check, {"order": "desc"}, until=created[0])
    mine = set(created)
    check.equal("oldest first", [i for i in forwards if i in mine], created)
    check.equal("newest first", [i for i in backwards if i in mine], created[::-1])
    check.equal("repeats", len(forwards), len(set(forwards)))
    return f"5 files in pages of 2, in both orders; {len(forwards)} ids seen"


def _collect_pages(
    service: Service, check: Check, query: dict[str, str], until: str | None = None
) -> list[str]:
    seen: list[str] = []
    while True:
        page = check.ok(service.send("GET", "/files", params={"limit": 2, **query}))
        seen += [file["id"] for file in page["data"]]
        if page["data"]:
            check.equal("first_id", page["first_id"], page["data"][0]["id"])
            check.equal("last_id", page["last_id"], page["data"][-1]["id"])
        if not page["has_more"] or (until is not None and until in seen):
            return seen
        query = query | {"after": page["last_id"]}


@promise("`limit=20/`, `/files/` and a malformed limit are taken as the reference has them")
def reference_urls(service: Service, check: Check) -> str:
    for path in ("/files?limit=20/", "/files/?limit=1"):
        check.equal(f"GET {path}", check.ok(service.send("GET", path))["object"], "list")
    check.error(service.send("GET", "/files?limit=0"), 400, "invalid_value", "limit")
    check.error(service.send("GET", "/files?limit=101"), 400, "invalid_value", "limit")
    file = check.ok(
        service.send(
            "POST",
            "/files/",
            data={"purpose": "batch", "expires_after[anchor]": "created_at"}
            | {"expires_after[seconds]": str(SHORTEST_RETENTION_S)},
            files={"file": (service.name(), batch(1))},
        )
    )
    return f"200 for limit=20/, /files/ and POST /files/ ({file['id']}); 400 for 0 and 101"


@promise("curl uploads and downloads as the reference documents show it")
def curl(service: Service, check: Check) -> str:
    content = batch(2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / service.name("curl.jsonl")
        path.write_bytes(content)
        config = Path(folder) / "curlrc"
        config.touch(mode=0o600)
        config.write_text(f'header = "Authorization: Bearer {service.key}"\n')
        form = ["-F", f"file=@{path}", "-F", "purpose=batch"]
        for name, value in RETENTION.items():
            form += ["-F", f"expires_after[{name}]={value}"]
        file = json.loads(_curl(config, *form, f"{service.base_url}/files"))
        check.equal("filename", file.get("filename"), path.name)
        url = f"{service.base_url}/files/{file['id']}/content"
        check.equal("content", _curl(config, "-L", url), content)
    return f"{file['id']}: the same {len(content)} bytes back"


def _curl(config: Path, *arguments: str) -> bytes:
    command = ["curl", "-s", "-S", "-g", "-m", "60", "-K", str(config), *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout


@promise("a POST repeated with its Idempotency-Key gets the first answer and makes no second file")
def idempotency(service: Service, check: Check) -> str:
    key = [("Idempotency-Key", service.name("idempotency"))]
    first = check.ok(service.create(batch(1), headers=key))
    again = check.ok(service.create(batch(1), headers=key))
    check.equal("the repeated answer", again, first)
    upload = check.ok(service.begin(1_000, headers=[(key[0][0], service.name("upload"))]))
    repeated = check.ok(service.begin(1_000, headers=[(key[0][0], service.name("upload"))]))
    check.equal("the repeated upload", repeated["id"], upload["id"])
    other = service.create(batch(2), headers=key)
    check.one_of("another file under the same key", other.status_code, (400, 422))
    return f"{first['id']} and {upload['id']} twice; another body under the key: 400"


@promise("an unknown purpose lists nothing, and the ids of an empty list are empty")
def empty_list(service: Service, check: Check) -> str:
    check.ok(service.create(batch(1)))
    query = {"purpose": "accept-no-such-purpose"}
    page = check.ok(service.send("GET", "/files", params=query))
    wanted = {"object": "list", "data": [], "first_id": "", "last_id": "", "has_more": False}
    check.equal("the page", page, wanted)
    mine = check.ok(service.send("GET", "/files", params={"purpose": "batch", "limit": 1}))
    check.equal("files of purpose batch", len(mine["data"]), 1)
    return str(page)
