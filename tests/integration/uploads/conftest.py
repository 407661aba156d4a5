"""moto made to be S3 where uploads meet its edges."""

from typing import Any

import pytest
from moto.s3.exceptions import NoSuchUpload
from moto.s3.models import S3Backend

from lambdas.domain import part_plan
from lambdas.workflows import packing
from tests.integration.uploads.client import SMALL_PART_BYTES


@pytest.fixture(autouse=True)
def ended_uploads_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 answers NoSuchUpload; moto fails."""
    for name in ("upload_part", "complete_multipart_upload"):
        monkeypatch.setattr(S3Backend, name, refusing_ended(getattr(S3Backend, name)))


@pytest.fixture(params=["refused", "answered again"])
def second_join(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 answers CompleteMultipartUpload again for a while, then no more; moto does for ever."""
    if request.param == "refused":
        real: Any = S3Backend.complete_multipart_upload

        def join(self: S3Backend, *arguments: Any) -> Any:
            key = real(self, *arguments)
            if key is not None:
                key.multipart = None
            return key

        monkeypatch.setattr(S3Backend, "complete_multipart_upload", join)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 1 MiB, which moto is told to join: only sizes differ, and the tests are faster."""
    monkeypatch.setattr(part_plan, "PART_BYTES", SMALL_PART_BYTES)
    monkeypatch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", SMALL_PART_BYTES)


@pytest.fixture
def one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the calls of packing have one order."""
    monkeypatch.setattr(packing, "WORKERS", 1)
    monkeypatch.setattr(packing, "READERS", 1)


def refusing_ended(real: Any) -> Any:
    def method(self: S3Backend, bucket: str, multipart_id: str, *arguments: Any) -> Any:
        if multipart_id not in self.get_bucket(bucket).multiparts:
            raise NoSuchUpload(multipart_id)
        return real(self, bucket, multipart_id, *arguments)

    return method
