"""The MD5 that `complete` may be given."""

import base64
import hashlib
from typing import Any

import pytest

from lambdas import clients
from lambdas.domain.file import Status
from tests.integration.service import Service
from tests.integration.uploads.client import (
    SMALL,
    complete,
    deliver_event,
    look,
    presigned,
)


@pytest.mark.parametrize("encode", ["hex", "base64"])
def test_the_md5_is_compared_when_the_lines_are_checked(service: Service, encode: str) -> None:
    digest = hashlib.md5(SMALL, usedforsecurity=False)
    md5 = digest.hexdigest() if encode == "hex" else base64.b64encode(digest.digest()).decode()
    upload = presigned(service)
    assert complete(service, upload, md5=md5).status == 200
    finalized = deliver_event(upload)
    assert finalized.record is not None
    assert finalized.record.status is Status.PROCESSED


def test_another_md5_makes_the_file_an_error(service: Service) -> None:
    upload = presigned(service)
    file = complete(service, upload, md5="0" * 32).json["file"]
    deliver_event(upload)
    checked = service.get(f"/files/{file['id']}").json
    assert checked["status"] == "error"
    report = service.get(f"/files/{file['id']}/validation").json
    assert report["errors"]["data"][0]["code"] == "md5_mismatch"


def test_a_malformed_md5_is_refused_and_the_upload_stays_pending(service: Service) -> None:
    upload = presigned(service)
    answer = complete(service, upload, md5="abc")
    assert (answer.status, answer.json["param"]) == (400, "md5")
    assert look(service, upload)["status"] == "pending"


def test_the_last_completes_md5_counts(service: Service) -> None:
    upload = presigned(service)
    s3, refuse = clients.s3(), {"on": True}

    def lose(**_: Any) -> None:
        if refuse.pop("on", False):
            raise ConnectionError("lost")

    s3.meta.events.register("before-call.s3.CompleteMultipartUpload", lose)
    assert complete(service, upload, md5="0" * 32).status == 500
    assert complete(service, upload).status == 200
    deliver_event(upload)
    assert complete(service, upload).json["file"]["status"] == "processed"
