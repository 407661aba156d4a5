"""One laboratory for each module: small parts, one worker, and moto made to be S3 at its edges."""

from collections.abc import Iterator

import pytest
from moto.s3.models import S3Backend

from lambdas.domain import part_plan
from lambdas.workflows import packing, recounting
from tests.faults.cases import Laboratory, laboratory
from tests.integration.conftest import set_environment
from tests.integration.uploads.client import SMALL_PART_BYTES
from tests.integration.uploads.conftest import refusing_ended


@pytest.fixture(scope="module")
def lab() -> Iterator[Laboratory]:
    with pytest.MonkeyPatch.context() as patch:
        set_environment(patch)
        patch.setattr(part_plan, "PART_BYTES", SMALL_PART_BYTES)
        patch.setattr("moto.s3.models.S3_UPLOAD_PART_MIN_SIZE", SMALL_PART_BYTES)
        patch.setattr(packing, "WORKERS", 1)
        patch.setattr(recounting, "SETTLED_S", 0)
        for name in ("upload_part", "complete_multipart_upload"):
            patch.setattr(S3Backend, name, refusing_ended(getattr(S3Backend, name)))
        with laboratory() as made:
            yield made


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--write-table", action="store_true", help="write the fault table into docs/operations.md"
    )
