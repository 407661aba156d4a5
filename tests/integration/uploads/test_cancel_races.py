"""What begins between a cancel's reading of the record and its writing ends with the upload too."""

import pytest

from tests.integration.service import Service
from tests.integration.stored import objects
from tests.integration.uploads.client import (
    SMALL,
    cancel,
    complete,
    create,
    multipart_uploads,
    proxied,
    send_proxied,
)
from tests.integration.uploads.stopping import OutOfTime, just_after

pytestmark = pytest.mark.usefixtures("small_parts", "one_worker")


def test_a_cancel_removes_what_is_packed_since_it_read_the_record(service: Service) -> None:
    upload, part_ids = proxied(service)

    def begin_packing() -> None:
        answer = complete(service, upload, OutOfTime(reads=2), part_ids=part_ids)
        assert answer.status == 503

    with just_after("dynamodb.GetItem", begin_packing):
        assert cancel(service, upload).status == 200
    assert objects() == multipart_uploads() == []


def test_a_cancel_removes_a_first_part_that_came_since_it_read_the_record(service: Service) -> None:
    upload = create(service)
    with just_after("dynamodb.GetItem", lambda: send_proxied(service, upload, SMALL)):
        assert cancel(service, upload).status == 200
    assert objects() == []
