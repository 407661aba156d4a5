"""The deployment's limits, and what an account holds of them."""

from accept.checking import Check
from accept.promises import Need, promise
from accept.service import Json, Service
from linegate.api_keys import Role
from tests.contract.lines import batch

ACCOUNT = "linegate-accept-usage"
"""Of this module alone, so that what it holds can be counted exactly."""

RELEASED_WITHIN_S = 60


@promise(
    "GET /limits names sizes, retention, purposes, the rules for lines, quotas and the version"
)
def limits(service: Service, check: Check) -> str:
    found = check.ok(service.send("GET", "/limits"))
    check.equal("object", found["object"], "limits")
    for name in ("max_file_bytes", "max_direct_bytes", "upload_lifetime_seconds"):
        check.that(found[name] > 0, f"{name}: {found[name]}")
    check.that("batch" in {purpose["name"] for purpose in found["purposes"]}, "no purpose batch")
    retention = found["retention_seconds"]
    check.equal("retention", (retention["min"], retention["max"]), (3_600, 2_592_000))
    for name in ("files", "bytes", "pending_uploads"):
        check.within(f"usage of {name}", found["usage"][name], 0, found["quotas"][name])
    check.that("/v1/chat/completions" in found["batch"]["request_urls"], "no chat completions")
    check.error(service.send_as(None, "GET", "/limits"), 401, "invalid_api_key")
    return f"version {found['version']}, files of {found['max_file_bytes']} bytes"


@promise("an account's usage counts its file, and is released after DELETE", Need.OPERATOR)
def usage(service: Service, check: Check) -> str:
    assert service.operator is not None
    key = service.operator.issue(ACCOUNT, role=Role.CLIENT)

    def held() -> Json:
        found: Json = check.ok(service.send_as(key, "GET", "/limits"))["usage"]
        return found

    before = held()
    content = batch(2)
    file = check.ok(service.create(content, key=key))
    after = held()
    gained = (after["files"] - before["files"], after["bytes"] - before["bytes"])
    check.equal("files and bytes gained", gained, (1, len(content)))
    check.ok(service.send_as(key, "DELETE", f"/files/{file['id']}"))
    released = service.until(held, lambda found: found == before, RELEASED_WITHIN_S)
    check.equal("usage after DELETE", released, before)
    return f"1 file and {len(content)} bytes counted, then released"
