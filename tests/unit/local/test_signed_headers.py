"""The emulator's front refuses what S3 refuses on a presigned URL, and nothing else."""

import asyncio
from typing import Any

import pytest

from local.signed_headers import Message, Receive, Scope, Send, refusing_unsigned_headers

PRESIGNED = "uploadId=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-SignedHeaders={}&X-Amz-Signature=0"


async def emulator(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"the emulator"})


def request(query: str, *headers: str, kind: str = "http") -> Scope:
    named = [(name.encode(), b"1") for name in ("host", "content-length", *headers)]
    return {"type": kind, "query_string": query.encode(), "headers": named}


def answer(scope: Scope) -> tuple[int, bytes, int]:
    """Status, body, and how many pieces of the request's body were read."""
    sent: list[Message] = []
    body = iter([{"more_body": True}, {"more_body": True}, {"more_body": False}])
    read = 0

    async def receive() -> Message:
        nonlocal read
        read += 1
        return next(body)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(refusing_unsigned_headers(emulator)(scope, receive, send))
    start, *pieces = sent
    return start["status"], b"".join(piece["body"] for piece in pieces), read


@pytest.mark.parametrize(
    ("signed", "headers", "named"),
    [
        ("host", ["x-amz-copy-source"], "x-amz-copy-source"),
        ("host", ["X-Amz-Acl"], "x-amz-acl"),
        ("content-length%3Bhost", ["x-amz-tagging", "x-amz-acl"], "x-amz-acl, x-amz-tagging"),
        ("host%3Bx-amz-acl", ["x-amz-acl", "x-amz-meta-a"], "x-amz-meta-a"),
        ("host;x-amz-acl-", ["x-amz-acl"], "x-amz-acl"),
        ("", ["x-amz-acl"], "x-amz-acl"),
        ("host", ["x-amz-<b>"], "x-amz-&lt;b&gt;"),
    ],
)
def test_an_unsigned_header_is_refused_as_s3_does(
    signed: str, headers: list[str], named: str
) -> None:
    status, body, read = answer(request(PRESIGNED.format(signed), *headers))
    assert status == 403
    assert b"<Code>AccessDenied</Code>" in body
    assert b"There were headers present in the request which were not signed" in body
    assert f"<HeadersNotSigned>{named}</HeadersNotSigned>".encode() in body
    assert read == 3


@pytest.mark.parametrize("name", ["x-amz-signature", "X-AMZ-SIGNATURE"])
def test_a_signature_is_known_in_any_case(name: str) -> None:
    query = f"{name}=0&x-amz-signedheaders=host"
    assert answer(request(query, "x-amz-acl"))[0] == 403


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (PRESIGNED.format("host"), []),
        (PRESIGNED.format("host%3Bx-amz-acl"), ["x-amz-acl"]),
        (PRESIGNED.format("host%3BX-Amz-Acl"), ["X-AMZ-ACL"]),
        (PRESIGNED.format("host"), ["x-amz-content-sha256"]),
        (PRESIGNED.format("host"), ["x-amzn-trace-id", "content-md5"]),
        ("", ["authorization", "x-amz-date", "x-amz-copy-source"]),
        ("partNumber=1", ["authorization", "x-amz-acl"]),
    ],
)
def test_every_other_request_is_the_emulators(query: str, headers: list[str]) -> None:
    assert answer(request(query, *headers)) == (200, b"the emulator", 0)


def test_what_is_not_http_is_the_emulators() -> None:
    scope: dict[str, Any] = {"type": "lifespan"}
    assert answer(scope) == (200, b"the emulator", 0)
