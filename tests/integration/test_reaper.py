"""The reaper: when a record goes, its bytes, parts and report go."""

from typing import Any

import pytest

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.file import FileRecord, Status
from lambdas.handlers import reaper
from lambdas.stores import file_table, object_store
from tests.integration.lines import requests
from tests.integration.recorded import removed
from tests.integration.service import Context, Service
from tests.integration.stored import ULID, objects, stored


def reap(*records: FileRecord) -> Any:
    """Invoke the function as the table's stream does after these records went."""
    return reaper.handler(removed(*records), Context())


def test_the_bytes_and_the_report_follow_a_deleted_file(service: Service) -> None:
    file_id = service.create_file(requests(1)).json["id"]
    (key,) = objects()
    record = stored(None)
    record = FileRecord(**{**_fields(record), "key": record.key._replace(ulid=file_id[5:])})
    assert record.object_key == key
    service.delete(f"/files/{file_id}")
    assert reap(record) == {"batchItemFailures": []}
    assert objects() == []
    assert file_table.get_validation(record.key) is None


def test_reaping_twice_is_harmless(service: Service) -> None:
    record = stored(requests(1))
    assert reap(record, record) == {"batchItemFailures": []}
    assert objects() == []


def test_the_parts_of_an_upload_that_ran_out_are_dropped(service: Service) -> None:
    s3, bucket = clients.s3(), settings.bucket()
    record = stored(None, Status.PENDING)
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key=record.object_key)["UploadId"]
    s3.upload_part(
        Bucket=bucket, Key=record.object_key, UploadId=upload_id, PartNumber=1, Body=b"x"
    )
    pending = FileRecord(**{**_fields(record), "multipart_id": upload_id})
    assert reap(pending, pending) == {"batchItemFailures": []}
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_the_first_failure_is_where_the_stream_goes_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (
        stored(requests(1), key=stored(None).key._replace(ulid=ULID[:-1] + n)) for n in "12"
    )
    real = object_store.delete

    def refuse_second(record: FileRecord) -> None:
        if record == second:
            raise Unavailable
        real(record)

    monkeypatch.setattr(object_store, "delete", refuse_second)
    assert reap(first, second) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert objects() == [second.object_key]


def _fields(record: FileRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in FileRecord.__slots__}
