"""A download URL gives the file under its own name, to whoever has it, until it expires."""

import re
import time
from urllib.parse import unquote

import pytest

from lambdas.stores import object_inventory, object_store
from tests.conformance.raw_http import (
    get,
    send,
    with_another_key,
    with_query,
    without_query,
    without_signature,
)
from tests.conformance.upload import FILENAME, URL_LIFETIME_S, Upload

CONTENT = b'{"custom_id": "\xc3\xa9"}\n' * 100


@pytest.fixture
def stored(upload: Upload) -> Upload:
    upload.join(upload.send(1, CONTENT))
    return upload


@pytest.fixture
def url(stored: Upload) -> str:
    return object_store.signed_get_url(stored.record, URL_LIFETIME_S)


def test_the_file_comes_whole_and_under_its_own_unicode_name(url: str) -> None:
    answer = get(url)
    assert (answer.status, answer.body) == (200, CONTENT)
    assert answer.headers["content-type"] == object_store.MEDIA_TYPE
    disposition = answer.headers["content-disposition"]
    name = re.fullmatch(r"attachment; filename=\"[^\"]+\"; filename\*=UTF-8''(\S+)", disposition)
    assert name is not None
    assert unquote(name[1], errors="strict") == FILENAME


def test_a_broken_download_goes_on_where_it_was(url: str) -> None:
    answer = get(url, {"Range": "bytes=7-"})
    assert (answer.status, answer.body) == (206, CONTENT[7:])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Amz-Signature", "0" * 64),
        ("X-Amz-Expires", "604800"),
        ("response-content-disposition", "inline"),
        ("response-content-type", "text/html"),
    ],
)
def test_an_altered_url_is_refused(url: str, name: str, value: str) -> None:
    assert get(with_query(url, name, value)).verdict == (403, "SignatureDoesNotMatch")


def test_another_files_key_is_refused(url: str, stored: Upload) -> None:
    assert get(with_another_key(url)).verdict == (403, "SignatureDoesNotMatch")


def test_an_expired_url_is_refused(stored: Upload) -> None:
    url = object_store.signed_get_url(stored.record, 1)
    time.sleep(2.1)
    assert get(url).verdict == (403, "AccessDenied")


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
def test_another_method_is_refused(url: str, stored: Upload, method: str) -> None:
    answer = send(method, url, {"Content-Length": "0"})
    assert answer.verdict == (403, "SignatureDoesNotMatch")
    assert stored.content() == CONTENT


def test_nobody_can_read_without_a_signature(url: str) -> None:
    assert get(without_query(url)).verdict == (403, "AccessDenied")
    assert get(without_signature(url)).verdict == (403, "AccessDenied")


def test_the_url_of_a_deleted_file_gives_nothing(url: str, stored: Upload) -> None:
    assert object_inventory.delete_objects([stored.record.object_key]) == []
    assert get(url).verdict == (404, "NoSuchKey")
