"""Keys and accounts: who sees what, for how long, how often."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from httpx import Response

from accept.checking import Check, NotHeld
from accept.promises import Need, promise
from accept.service import RETENTION_FORM, Service
from linegate.api_keys import Role
from tests.contract.lines import batch

SLACK_S = 10
"""For requests and clocks, beyond what was promised."""


@promise(
    "another account's key finds nothing: the same 404 as for what never was", Need.OTHER_ACCOUNT
)
def isolation(service: Service, check: Check) -> str:
    other = service.other_key
    file = check.ok(service.create(batch(2)))
    content = batch(2)
    upload = check.ok(service.begin(len(content)))
    nothing = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", f"/files/{file['id']}", {}),
        ("GET", f"/files/{file['id']}/content", {}),
        ("GET", f"/files/{file['id']}/validation", {}),
        ("DELETE", f"/files/{file['id']}", {}),
        ("GET", f"/uploads/{upload['id']}", {}),
        ("POST", f"/uploads/{upload['id']}/parts", {"files": {"data": content}}),
        ("POST", f"/uploads/{upload['id']}/complete", {"json": {}}),
        ("POST", f"/uploads/{upload['id']}/cancel", {}),
    ]
    for method, path, options in asked:
        code = "upload_not_found" if path.startswith("/uploads") else "file_not_found"
        answer = service.send_as(other, method, path, **options)
        check.error(answer, 404, code)
        never = path.replace(file["id"][-26:], nothing).replace(upload["id"][-26:], nothing)
        unknown = service.send_as(other, method, never, **options)
        check.equal(f"{method} {path}: as for an unknown id", answer.text, unknown.text)
    listed = check.ok(service.send_as(other, "GET", "/files", params={"order": "desc"}))
    check.that(file["id"] not in {each["id"] for each in listed["data"]}, "it is listed")
    after = check.ok(service.send_as(other, "GET", "/files", params={"after": file["id"]}))
    check.that(file["id"] not in {each["id"] for each in after["data"]}, "it is listed")
    check.ok(service.send("GET", f"/files/{file['id']}"))
    check.equal(
        "its upload", check.ok(service.send("GET", f"/uploads/{upload['id']}"))["status"], "pending"
    )
    return f"{len(asked)} routes with another account's key: 404, the body of an unknown id"


@promise("a revoked key is refused within the cache time", Need.OPERATOR, slow=True)
def revocation(service: Service, check: Check) -> str:
    assert service.operator is not None
    key = service.operator.issue("linegate-accept")
    check.ok(service.send_as(key, "GET", "/files", params={"limit": 1}))
    service.operator.revoke(key)
    revoked = time.monotonic()
    answer = service.until(
        lambda: service.send_as(key, "GET", "/files", params={"limit": 1}),
        lambda found: found.status_code == 401,
        service.cache_s + SLACK_S,
    )
    seconds = time.monotonic() - revoked
    check.error(answer, 401, "invalid_api_key")
    return f"401 after {seconds:.1f} s; the gateway may trust it for {service.cache_s} s"


@promise("a key is refused after its expiry", Need.OPERATOR)
def expired_key(service: Service, check: Check) -> str:
    assert service.operator is not None
    key = service.operator.issue("linegate-accept", expires_in_s=2)
    service.sleep(3)
    check.error(service.send_as(key, "GET", "/files"), 401, "invalid_api_key")
    lasting = service.operator.issue("linegate-accept", expires_in_s=600)
    check.ok(service.send_as(lasting, "GET", "/files", params={"limit": 1}))
    return "expired 1 s ago: 401; expires in 10 minutes: 200"


@promise(
    "results (batch_output) are refused to a client's key and taken from a worker's", Need.OPERATOR
)
def worker_key(service: Service, check: Check) -> str:
    assert service.operator is not None
    client = service.operator.issue("linegate-accept")
    worker = service.operator.issue("linegate-accept", role=Role.WORKER)
    line = b'{"id":"r","custom_id":"1","response":{"status_code":200,"body":{}},"error":null}\n'
    form = {"purpose": "batch_output", **RETENTION_FORM}
    file = {"file": (service.name("results.jsonl"), line)}
    answer = service.send_as(client, "POST", "/files", data=form, files=file)
    message = check.error(answer, 400, "invalid_value", "purpose")
    stored = check.ok(service.send_as(worker, "POST", "/files", data=form, files=file))
    check.equal("purpose", stored["purpose"], "batch_output")
    check.ok(service.send_as(worker, "DELETE", f"/files/{stored['id']}"))
    return f"worker: {stored['id']}; client: {message}"


@promise(
    "an account above its rate gets a 429 with Retry-After", Need.ACCOUNT_RATE, Need.AWS, alone=True
)
def account_rate(service: Service, check: Check) -> str:
    assert service.account_rate is not None
    url, headers = service.base_url + "/files?limit=1", [("Authorization", f"Bearer {service.key}")]
    most = min(20 * service.account_rate + 500, 20_000)

    def ask(_: int) -> Response | None:
        answer = service.store("GET", url, headers)
        return answer if answer.status_code == 429 else None

    with ThreadPoolExecutor(50) as pool:
        throttled = next(filter(None, pool.map(ask, range(most))), None)
        pool.shutdown(cancel_futures=True)
    if throttled is None:
        raise NotHeld(f"{most} requests, and none was throttled")
    check.error(throttled, 429, "rate_limit_exceeded")
    check.that(bool(throttled.headers.get("retry-after")), "no Retry-After")
    return f"429, Retry-After: {throttled.headers['retry-after']}"
