"""A part's URL takes that part, as it was announced, and nothing else from nobody else."""

import hashlib
import time
from datetime import UTC, datetime

import pytest

from tests.conformance.raw_http import (
    chunks,
    put,
    put_and_hang_up,
    send,
    with_another_key,
    with_query,
    without_query,
    without_signature,
)
from tests.conformance.server import Server
from tests.conformance.upload import Upload

CONTENT = bytes(range(250)) * 4
SIZE = len(CONTENT)


@pytest.fixture
def url(upload: Upload) -> str:
    """Part 1 of a new upload."""
    return upload.url(1, SIZE)


def test_the_announced_part_is_stored(upload: Upload, url: str) -> None:
    answer = put(url, CONTENT)
    assert answer.status == 200
    digest = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    assert answer.headers["etag"] == f'"{digest}"'
    assert [(held.part, held.etag) for held in upload.held()] == [((1, SIZE), f'"{digest}"')]


def test_a_part_sent_again_replaces_the_first(upload: Upload, url: str) -> None:
    put(url, CONTENT)
    again = upload.send(1, CONTENT[::-1])
    assert upload.held() == [again]


@pytest.mark.parametrize("size", [0, SIZE - 1, SIZE + 1, 2 * SIZE])
def test_another_length_is_refused(upload: Upload, url: str, size: int) -> None:
    answer = put(url, (2 * CONTENT)[:size])
    assert answer.verdict == (403, "SignatureDoesNotMatch")
    assert upload.held() == []


def test_no_length_is_refused(upload: Upload, url: str) -> None:
    assert send("PUT", url, {}).verdict == (403, "SignatureDoesNotMatch")
    assert upload.held() == []


@pytest.mark.parametrize("content", [CONTENT, 2 * CONTENT], ids=["announced", "longer"])
def test_chunks_without_a_length_are_refused(upload: Upload, url: str, content: bytes) -> None:
    answer = send("PUT", url, {"Transfer-Encoding": "chunked"}, chunks(content))
    assert answer.verdict == (403, "SignatureDoesNotMatch")
    assert upload.held() == []


def test_chunks_behind_a_length_cannot_carry_more(upload: Upload, url: str) -> None:
    both = {"Content-Length": str(SIZE), "Transfer-Encoding": "chunked"}
    said = put_and_hang_up(url, both, b"".join(chunks(2 * CONTENT)))
    assert not said.startswith(b"HTTP/1.1 2")
    assert upload.held() == []


def test_bytes_behind_the_announced_ones_are_not_stored(upload: Upload, url: str) -> None:
    put_and_hang_up(url, {"Content-Length": str(SIZE)}, CONTENT + b"more")
    assert {held.part.bytes for held in upload.held()} <= {SIZE}


def test_a_part_that_breaks_off_is_not_stored(upload: Upload, url: str) -> None:
    said = put_and_hang_up(url, {"Content-Length": str(SIZE)}, CONTENT[:-1])
    assert not said.startswith(b"HTTP/1.1 2")
    assert upload.held() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("partNumber", "2"),
        ("X-Amz-Signature", "0" * 64),
        ("X-Amz-Expires", "604800"),
        ("X-Amz-SignedHeaders", "host"),
    ],
)
def test_an_altered_url_is_refused(upload: Upload, url: str, name: str, value: str) -> None:
    answer = put(with_query(url, name, value), CONTENT)
    assert answer.verdict == (403, "SignatureDoesNotMatch")
    assert upload.held() == []


def test_another_uploads_id_is_refused(upload: Upload, url: str) -> None:
    other = Upload.begin()
    answer = put(with_query(url, "uploadId", other.multipart_id), CONTENT)
    assert answer.verdict == (403, "SignatureDoesNotMatch")
    assert upload.held() == other.held() == []


def test_another_key_is_refused(upload: Upload, url: str) -> None:
    answer = put(with_another_key(url), CONTENT)
    assert answer.verdict == (403, "SignatureDoesNotMatch")
    assert upload.held() == []


def test_an_unknown_signer_is_refused(upload: Upload, url: str, server: Server) -> None:
    answer = put(url.replace(f"Credential={server.access_key}", "Credential=NOBODY"), CONTENT)
    assert answer.verdict == (403, "InvalidAccessKeyId")
    assert upload.held() == []


def test_an_expired_url_is_refused_and_cannot_be_renewed_by_hand(upload: Upload) -> None:
    url = upload.url(1, SIZE, lifetime_s=1)
    time.sleep(2.1)
    assert put(url, CONTENT).verdict == (403, "AccessDenied")
    renewed = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    answer = put(with_query(url, "X-Amz-Date", renewed), CONTENT)
    assert answer.verdict == (403, "SignatureDoesNotMatch")
    assert upload.held() == []


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_another_method_is_refused(upload: Upload, url: str, method: str) -> None:
    sent = upload.send(1, CONTENT)
    answer = send(method, url, {"Content-Length": "0"})
    assert answer.verdict == (403, "SignatureDoesNotMatch")
    assert upload.held() == [sent]


def test_nobody_can_send_a_part_without_a_signature(upload: Upload, url: str) -> None:
    assert put(without_signature(url), CONTENT).verdict == (403, "AccessDenied")
    assert upload.held() == []


def test_nobody_can_store_an_object_without_a_signature(upload: Upload, url: str) -> None:
    assert put(without_query(url), CONTENT).verdict == (403, "AccessDenied")
    assert send("GET", without_query(url), {}).verdict == (403, "AccessDenied")
