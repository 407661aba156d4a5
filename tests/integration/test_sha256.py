"""The SHA-256 that the service computes of a file: on the file, in its report, in the list."""

import hashlib

from tests.integration.lines import padded_to
from tests.integration.service import Service
from tests.integration.uploads.client import complete, deliver_event, presigned

CONTENT = padded_to(3_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_a_file_created_in_one_request_carries_its_sha256(service: Service) -> None:
    file = service.create_file(CONTENT).json
    assert file["sha256"] == SHA256
    assert service.get(f"/files/{file['id']}").json["sha256"] == SHA256
    assert service.get("/files").json["data"][0]["sha256"] == SHA256
    assert service.get(f"/files/{file['id']}/validation").json["sha256"] == SHA256


def test_an_uploaded_file_carries_it_once_checked(service: Service) -> None:
    upload = presigned(service, CONTENT)
    file = complete(service, upload).json["file"]
    assert file["sha256"] is None
    deliver_event(upload)
    assert service.get(f"/files/{file['id']}").json["sha256"] == SHA256
    assert service.get(f"/files/{file['id']}/validation").json["sha256"] == SHA256


def test_an_invalid_file_carries_it_too(service: Service) -> None:
    content = b"not json\n" * 10
    upload = presigned(service, content)
    file = complete(service, upload).json["file"]
    deliver_event(upload)
    found = service.get(f"/files/{file['id']}").json
    assert (found["status"], found["sha256"]) == ("error", hashlib.sha256(content).hexdigest())
