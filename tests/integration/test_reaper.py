"""The reaper: when a record goes, its bytes, parts and report go."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.handlers import reaper
from lambdas.stores import file_table
from tests.integration.lines import requests
from tests.integration.recorded import removed
from tests.integration.service import ACCOUNT, Context, Service, recorded_calls
from tests.integration.stored import ULID, objects, stored

RELEASING = {"dynamodb.TransactWriteItems", "dynamodb.UpdateItem"}
"""What gives back the places of removed records among their accounts' quotas."""


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


def files(count: int, account: str = ACCOUNT, **fields: Any) -> list[FileRecord]:
    """Files whose records are about to go, each with an object of its own."""
    return [
        stored(b"x", key=FileKey(account, f"{ULID[:-4]}{n:04d}"), **fields) for n in range(count)
    ]


@contextmanager
def refusing(key: str) -> Iterator[None]:
    """S3 refuses to delete one object, and says so among what it did delete."""
    s3, real = clients.s3(), clients.s3().delete_objects

    def delete_objects(**request: Any) -> Any:
        left = [each for each in request["Delete"]["Objects"] if each["Key"] != key]
        answer = real(**request | {"Delete": {"Objects": left}})
        return answer | {"Errors": [{"Key": key, "Code": "InternalError"}]}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(s3, "delete_objects", delete_objects)
        yield


def test_a_removal_that_fails_is_named_and_the_others_are_done(service: Service) -> None:
    gone = files(4, status=Status.PROCESSED)
    with refusing(gone[1].object_key):
        assert reap(*gone) == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert objects() == [gone[1].object_key]
    assert reap(*gone[1:]) == {"batchItemFailures": []}
    assert objects() == []


def test_what_is_no_record_fails_alone(service: Service) -> None:
    gone = files(3)
    event = removed(*gone)
    del event["Records"][0]["dynamodb"]["OldImage"]["status"]
    assert reaper.handler(event, Context()) == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert objects() == [gone[0].object_key]


def test_bytes_and_parts_go_although_reports_do_not(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalServerError"}}, "BatchWriteItem")

    monkeypatch.setattr(clients.dynamodb(), "batch_write_item", fail)
    gone = files(2, status=Status.PROCESSED)
    failed = [{"itemIdentifier": "0"}, {"itemIdentifier": "1"}]
    assert reap(*gone) == {"batchItemFailures": failed}
    assert objects() == []


def test_reports_that_dynamodb_leaves_are_deleted_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    real = clients.dynamodb().batch_write_item

    def all_but_one(**request: Any) -> Any:
        ((table, writes),) = request["RequestItems"].items()
        asked.append(len(writes))
        answer = real(RequestItems={table: writes[1:] or writes})
        return answer | {"UnprocessedItems": {table: writes[:1]} if writes[1:] else {}}

    monkeypatch.setattr(clients.dynamodb(), "batch_write_item", all_but_one)
    assert reap(*files(3, status=Status.PROCESSED)) == {"batchItemFailures": []}
    assert asked == [3, 1]


def test_a_hundred_files_of_one_account_take_one_deletion_and_four_of_reports(
    service: Service,
) -> None:
    gone = files(100, status=Status.PROCESSED, multipart_id="joined")
    with recorded_calls() as calls:
        assert reap(*gone) == {"batchItemFailures": []}
    assert objects() == []
    traces = Counter(call for call in calls if call not in RELEASING)
    assert traces == {"s3.DeleteObjects": 1, "dynamodb.BatchWriteItem": 4}


@pytest.mark.parametrize("status", [Status.PENDING, Status.CANCELLED])
def test_uploads_that_never_became_files_are_aborted_and_have_no_report(
    service: Service, status: Status
) -> None:
    gone = files(3, status=status, multipart_id="open", proxied_bytes=1)
    with recorded_calls() as calls:
        assert reap(*gone) == {"batchItemFailures": []}
    traces = Counter(call for call in calls if call not in RELEASING)
    assert traces == {
        "s3.AbortMultipartUpload": 3,
        "s3.DeleteObjects": 1,
        "s3.ListObjectsV2": 3,
    }


def _fields(record: FileRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in FileRecord.__slots__}
