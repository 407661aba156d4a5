"""What the gateway and the authorizer answer before any function does."""

from accept.checking import Check, shown
from accept.promises import promise
from accept.service import Service

MIB = 1 << 20


@promise("an unknown route or method is a 404 in both error shapes, with a key and without")
def unknown_route(service: Service, check: Check) -> str:
    check.ok(service.send("GET", "/files"))
    for key in (service.key, None):
        for method, path in (("GET", "/nothing"), ("PUT", "/files"), ("GET", "/files/a/b/c")):
            message = check.error(service.send_as(key, method, path), 404, "not_found")
            check.that(service.key not in message, "the message repeats the key")
    return message


@promise("no key, a wrong key, another scheme and two Authorization headers are each a 401")
def unauthorized(service: Service, check: Check) -> str:
    wrong = service.key[:-4] + "0000"
    sent: dict[str, list[tuple[str, str]]] = {
        "no key": [],
        "a wrong key": [("Authorization", f"Bearer {wrong}")],
        "no key at all": [("Authorization", "Bearer nothing")],
        "basic": [("Authorization", "Basic dTpw")],
        "two keys": [("Authorization", f"Bearer {service.key}"), ("Authorization", "Bearer x")],
    }
    for headers in sent.values():
        answer = service.send_as(None, "GET", "/files", headers=headers)
        message = check.error(answer, 401, "invalid_api_key")
    return f"{len(sent)} refusals; {message}"


@promise("the API's document and the warm-up need no key")
def public_routes(service: Service, check: Check) -> str:
    document = check.ok(service.send_as(None, "GET", "/openapi.json"))
    check.equal("openapi", document.get("openapi"), "3.1.0")
    check.that("/files" in str(list(document.get("paths", {}))), "the document has no /files")
    check.ok(service.send_as(None, "GET", "/tcp_warming"))
    return f"OpenAPI {document['openapi']}, {len(document['paths'])} paths; the warm-up: 200"


@promise("a trailing slash reaches the route, and a double slash is a 404 of the same shape")
def slashes(service: Service, check: Check) -> str:
    check.ok(service.send("GET", "/files/"))
    answer = service.send("GET", "//files")
    check.one_of("//files", answer.status_code, (200, 404))
    if answer.status_code == 404:
        check.error(answer, 404, "not_found")
    check.error(service.send_as(None, "GET", "/files/"), 401, "invalid_api_key")
    for path in ("//files", "/files//", "///files"):
        answer = service.send_as(None, "GET", path)
        check.one_of(f"{path} without a key", answer.status_code, (401, 404))
    return f"/files/ 200; //files {service.send('GET', '//files').status_code}; no key: no answer"


@promise("a body of 11 MB is a 413, whoever answers it")
def eleven_megabytes(service: Service, check: Check) -> str:
    answer = service.create(b"x" * (11 * MIB))
    check.equal("POST /files", answer.status_code, 413)
    return f"413: {shown(answer.text)}"
