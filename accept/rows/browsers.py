"""What a browser needs: CORS for the allowed origins, and nothing for others."""

from accept.checking import Check
from accept.promises import Need, promise
from accept.rows.presigned import download_url
from accept.service import Service
from tests.contract.lines import batch

FOREIGN = "https://accept.invalid"
ALLOWED = "access-control-allow-origin"
ASKS = [
    ("Access-Control-Request-Method", "POST"),
    ("Access-Control-Request-Headers", "authorization,content-type"),
]


@promise("a page of an origin that was not allowed can read no answer")
def foreign_origin(service: Service, check: Check) -> str:
    origin = [("Origin", FOREIGN)]
    file = check.ok(service.create(batch(1), headers=origin))
    answers = [
        service.send("GET", f"/files/{file['id']}", headers=origin),
        service.send_as(None, "OPTIONS", "/files", headers=[*origin, *ASKS]),
    ]
    check.equal("GET", answers[0].status_code, 200)
    for answer in answers:
        allowed = answer.headers.get(ALLOWED)
        what = f"{answer.request.method}: {ALLOWED}"
        check.that(allowed not in (FOREIGN, "*") or service.origin == "*", f"{what}: {allowed}")
    return f"Origin: {FOREIGN}: no {ALLOWED}"


@promise("a page of an allowed origin may send its key, and read answers and errors", Need.ORIGIN)
def allowed_origin(service: Service, check: Check) -> str:
    origin = [("Origin", str(service.origin))]
    preflight = service.send_as(None, "OPTIONS", "/files", headers=[*origin, *ASKS])
    check.one_of("OPTIONS", preflight.status_code, (200, 204))
    headers = preflight.headers.get("access-control-allow-headers", "").lower()
    for name in ("authorization", "content-type", "idempotency-key", "x-stainless-lang"):
        check.contains("allowed headers", headers, name)
    answers = {
        "OPTIONS": preflight,
        "GET": service.send("GET", "/files?limit=1", headers=origin),
        "404": service.send("GET", "/files/nothing", headers=origin),
        "401": service.send_as(None, "GET", "/files", headers=origin),
    }
    for what, answer in answers.items():
        check.one_of(f"{what}: {ALLOWED}", answer.headers.get(ALLOWED), (service.origin, "*"))
    exposed = answers["GET"].headers.get("access-control-expose-headers", "").lower()
    check.contains("exposed headers", exposed, "x-request-id")
    return f"{', '.join(answers)}: {ALLOWED}: {service.origin}"


@promise(
    "S3 answers a page after the redirect, which makes its origin `null`", Need.ORIGIN, Need.AWS
)
def origin_null(service: Service, check: Check) -> str:
    url, content, _ = download_url(service, check)
    answer = service.store("GET", url, [("Origin", "null")])
    check.that(answer.content == content, "other bytes came back")
    check.one_of(f"Origin: null: {ALLOWED}", answer.headers.get(ALLOWED), ("null", "*"))
    direct = service.store("GET", url, [("Origin", str(service.origin))])
    check.one_of(ALLOWED, direct.headers.get(ALLOWED), (service.origin, "*"))
    return f"Origin: null: {ALLOWED}: {answer.headers[ALLOWED]}"


@promise("a client that sends no Accept header gets the bytes, not base64", Need.AWS)
def no_accept_header(service: Service, check: Check) -> str:
    content = batch(2)
    file = check.ok(service.create(content))
    request = service.without_accept("GET", f"/files/{file['id']}/content")
    check.equal("content", request.content, content)
    return f"{len(content)} bytes"
