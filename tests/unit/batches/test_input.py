"""Cutting an input into chunks, and reading its requests back."""

import io
import json

import pytest

from lambdas.domain import batch_input
from lambdas.domain.batch_input import UnreadableLine, cut, requests_of

CHAT = "/v1/chat/completions"


def line(number: int, url: str = CHAT, **body: object) -> bytes:
    request = {
        "custom_id": f"r{number}",
        "method": "POST",
        "url": url,
        "body": {"model": "m", **body},
    }
    return json.dumps(request).encode() + b"\n"


@pytest.mark.parametrize("requests", [1, 499, 500, 501, 1_000, 1_001])
def test_chunks_hold_at_most_500_requests_and_all_of_the_input(requests: int) -> None:
    content = b"".join(map(line, range(requests)))
    found = cut(io.BytesIO(content), CHAT)
    assert found.requests == requests
    assert [chunk.number for chunk in found.chunks] == list(range(-(-requests // 500)))
    assert sum(chunk.bytes for chunk in found.chunks) == len(content)
    pieces = [content[chunk.start : chunk.start + chunk.bytes] for chunk in found.chunks]
    assert b"".join(pieces) == content
    assert [len(list(requests_of(piece))) for piece in pieces] == [c.requests for c in found.chunks]
    assert [chunk.first_request for chunk in found.chunks] == [
        500 * chunk.number for chunk in found.chunks
    ]


def test_a_chunk_ends_before_it_would_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_input, "CHUNK_BYTES", 3 * len(line(0)))
    content = b"".join(map(line, range(7)))
    assert [chunk.requests for chunk in cut(io.BytesIO(content), CHAT).chunks] == [3, 3, 1]


def test_only_a_single_line_makes_a_chunk_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_input, "CHUNK_BYTES", 100)
    content = line(0) + line(1, pad="x" * 200) + line(2)
    assert [chunk.requests for chunk in cut(io.BytesIO(content), CHAT).chunks] == [1, 1, 1]


def test_blank_lines_and_a_missing_last_line_end_change_nothing() -> None:
    content = b"\r\n \n" + line(0) + b"\n" + line(1).replace(b"\n", b"\r\n") + line(2).rstrip()
    found = cut(io.BytesIO(content), CHAT)
    assert (found.requests, len(found.chunks)) == (3, 1)
    (chunk,) = found.chunks
    requests = list(requests_of(content[chunk.start : chunk.start + chunk.bytes]))
    assert [request.custom_id for request in requests] == [b'"r0"', b'"r1"', b'"r2"']


def test_a_url_that_is_not_the_batchs_is_named_with_its_line() -> None:
    content = line(0) + b"\n" + line(1, "/v1/embeddings") + line(2)
    (error,) = cut(io.BytesIO(content), CHAT).errors
    assert (error.code, error.line, error.param) == ("mismatched_endpoint", 3, "url")
    assert (
        error.message == "url '/v1/embeddings' is not the batch's endpoint '/v1/chat/completions'."
    )


def test_the_first_hundred_errors_are_kept() -> None:
    content = b"".join(line(number, "/v1/embeddings") for number in range(101))
    assert len(cut(io.BytesIO(content), CHAT).errors) == 100


def test_the_model_is_the_first_requests() -> None:
    content = line(0, model="first") + line(1, model="second")
    assert cut(io.BytesIO(content), CHAT).model == "first"


def test_a_line_that_is_no_request_is_named() -> None:
    with pytest.raises(UnreadableLine) as unreadable:
        cut(io.BytesIO(line(0) + b"{}\n"), CHAT)
    assert unreadable.value.number == 2


def test_a_body_is_passed_on_byte_for_byte() -> None:
    body = b'{ "model":"m",  "n": 1.0e+2, "text": "\\u00e9 \xc3\xa9", "model": "m" }'
    content = b'{"custom_id": "\\u0061", "method": "POST", "url": "/v1/x", "body": %b}\n' % body
    (request,) = requests_of(content)
    assert (request.custom_id, request.body) == (b'"\\u0061"', body)
