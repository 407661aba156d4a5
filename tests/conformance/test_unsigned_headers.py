"""Whoever has a part's URL can add headers to it: none that S3 knows changes what is stored.

S3 refuses each `x-amz-*` header that the URL has not signed, and so does the emulator's front
(local/signed_headers.py). RadosGW does not: there the tests show that none has an effect. It knows
neither condition of the bucket's policy against copies, which tests/iam evaluates.
"""

import base64

import pytest

from lambdas import clients, settings
from tests.conformance.raw_http import Answer, get, put, put_with, without_query
from tests.conformance.server import Difference, Server
from tests.conformance.upload import Upload

CONTENT = b"the announced bytes" * 10
SECRET = b"another account's bytes" * 10

UNSIGNED = {
    "x-amz-acl": "public-read",
    "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"',
    "x-amz-grant-full-control": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"',
    "x-amz-meta-owner": "somebody",
    "x-amz-tagging": "a=b",
    "x-amz-website-redirect-location": "https://elsewhere.invalid/",
    "x-amz-storage-class": "GLACIER",
    "x-amz-server-side-encryption": "AES256",
    "x-amz-server-side-encryption-aws-kms-key-id": "a-key-of-mine",
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-object-lock-mode": "COMPLIANCE",
    "x-amz-object-lock-retain-until-date": "2099-01-01T00:00:00Z",
    "x-amz-object-lock-legal-hold": "ON",
    "x-amz-checksum-sha256": base64.b64encode(bytes(32)).decode(),
    "x-amz-sdk-checksum-algorithm": "SHA256",
    "x-amz-copy-source-range": "bytes=0-9",
    "x-amz-decoded-content-length": "1",
    "x-amz-expected-bucket-owner": "111111111111",
}


@pytest.fixture
def url(upload: Upload) -> str:
    return upload.url(1, len(CONTENT))


@pytest.fixture
def source() -> str:
    """A file of somebody else's: its `x-amz-copy-source`."""
    other = Upload.begin()
    other.join(other.send(1, SECRET))
    return f"/{settings.bucket()}/{other.record.object_key}"


@pytest.mark.parametrize("name", UNSIGNED)
def test_an_unsigned_header_is_refused_or_changes_nothing(
    upload: Upload, url: str, server: Server, name: str
) -> None:
    answer = put_with(url, {name: UNSIGNED[name]}, CONTENT)
    if Difference.UNSIGNED_HEADERS not in server.differences:
        assert_not_signed(answer, name)
    if answer.status != 200:
        assert answer.status in (400, 403), answer
        assert upload.held() == []
        assert put(url, CONTENT).status == 200
    upload.join(*upload.held())
    assert_stored_as_announced(upload)


def test_all_unsigned_headers_at_once_change_nothing_either(upload: Upload, url: str) -> None:
    """Some of them mean something only together."""
    answer = put_with(url, UNSIGNED, CONTENT)
    if answer.status != 200:
        assert answer.status in (400, 403), answer
        assert upload.held() == []
        put(url, CONTENT)
    upload.join(*upload.held())
    assert_stored_as_announced(upload)


@pytest.mark.parametrize("extra", [{}, {"x-amz-copy-source-range": "bytes=0-9"}])
def test_a_part_url_copies_no_other_object(
    upload: Upload, url: str, server: Server, source: str, extra: dict[str, str]
) -> None:
    answer = put_with(url, {"x-amz-copy-source": source, **extra}, CONTENT)
    if Difference.UNSIGNED_HEADERS in server.differences:
        assert answer.status == 400  # it wants no body with a copy, and the URL wants these bytes
    else:
        assert_not_signed(answer, "x-amz-copy-source")
    assert upload.held() == []


def test_a_url_that_signs_no_bytes_would_copy_where_headers_need_no_signature(
    upload: Upload, server: Server, source: str
) -> None:
    """No part is empty; so above it is the signed length that refuses."""
    answer = put_with(upload.url(1, 0), {"x-amz-copy-source": source}, b"")
    if Difference.UNSIGNED_HEADERS in server.differences:
        assert answer.status == 200
        upload.join(*upload.held())
        assert upload.content() == SECRET
    else:
        assert_not_signed(answer, "x-amz-copy-source")
        assert upload.held() == []


def assert_not_signed(answer: Answer, name: str) -> None:
    assert answer.verdict == (403, "AccessDenied")
    assert f"<HeadersNotSigned>{name}".encode() in answer.body


def assert_stored_as_announced(upload: Upload) -> None:
    """The bytes, and nothing about them that the service did not ask for."""
    assert upload.content() == CONTENT
    bucket, key = settings.bucket(), upload.record.object_key
    head = clients.s3().head_object(Bucket=bucket, Key=key)
    assert head["Metadata"] == {}
    assert head["ContentType"] == "application/x-ndjson"
    assert head.get("StorageClass", "STANDARD") == "STANDARD"
    for name in (
        "WebsiteRedirectLocation",
        "ServerSideEncryption",
        "SSECustomerAlgorithm",
        "ObjectLockMode",
        "ObjectLockLegalHoldStatus",
    ):
        assert name not in head
    assert clients.s3().get_object_tagging(Bucket=bucket, Key=key)["TagSet"] == []
    assert get(without_query(upload.url(1, 1))).verdict == (403, "AccessDenied")
