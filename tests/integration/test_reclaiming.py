"""Expired records make room for new ones before the table's TTL removes them."""

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.domain.usage import Usage
from lambdas.stores import file_table, removed_records
from lambdas.stores.file_item import file_key
from tests.integration.service import ACCOUNT, Service, recorded_calls
from tests.integration.stored import ULID, follow_removal, remove_as_ttl_does, stored
from tests.integration.test_quotas import begin_upload, create, held
from tests.integration.uploads.stopping import just_before


def expired(number: int, status: Status = Status.PROCESSED, **fields: Any) -> FileRecord:
    """A file that ran out a second ago, and that TTL has not removed."""
    key = FileKey(ACCOUNT, ULID[:-1] + str(number))
    record = stored(None, status, key=key, **fields)
    return _expire(record)


def _expire(record: FileRecord) -> FileRecord:
    clients.dynamodb().update_item(
        TableName=settings.files_table(),
        Key={"PK": {"S": f"ACCOUNT#{record.key.account}"}, "SK": {"S": f"FILE#{record.key.ulid}"}},
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": str(record.created_at - 1)}},
    )
    return replace(record, expires_at=record.created_at - 1)


def test_expired_files_make_room_before_they_are_removed(limited: Service) -> None:
    gone = [expired(number, bytes=100) for number in range(2)]
    assert create(limited).status == 200
    assert held().files == 3
    assert create(limited).status == 200
    assert held().files == 3
    assert create(limited).status == 200
    assert [file_table.get(record.key, 0) for record in gone] == [None, None]


def test_no_more_is_reclaimed_than_is_needed(limited: Service) -> None:
    records = [expired(number, bytes=100) for number in range(3)]
    assert create(limited).status == 200
    left = [record for record in records if file_table._get(file_key(record.key))]
    assert len(left) == 2
    assert held().files == 3


def test_a_reclaimed_record_is_not_released_again_by_its_removal(limited: Service) -> None:
    gone = [expired(number, bytes=100) for number in range(3)]
    file = create(limited).json
    for record in gone:
        if file_table.get(record.key, 0) is not None:
            remove_as_ttl_does(record)
        follow_removal(record, record.created_at)
    assert held() == Usage(files=1, bytes=file["bytes"])


def test_a_full_account_is_searched_once_a_minute(limited: Service) -> None:
    for _ in range(3):
        create(limited)
    with recorded_calls() as calls:
        assert create(limited).status == 403
    assert calls == ["dynamodb.UpdateItem", "dynamodb.Query", "dynamodb.UpdateItem"]
    with recorded_calls() as calls:
        assert create(limited).status == 403
    assert calls == ["dynamodb.UpdateItem"]


def test_more_expired_records_than_a_transaction_takes_are_reclaimed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removed_records, "RECLAIM_S", 600)  # moto takes its time
    most = removed_records.TRANSACTION_ITEMS // 2
    records = [stored(None, key=FileKey(ACCOUNT, f"{ULID[:-3]}{n:03}")) for n in range(most + 2)]
    for record in records:
        _expire(record)
    with recorded_calls() as calls:
        assert removed_records.reclaim(ACCOUNT, Usage(files=most + 1), records[0].created_at)
    assert held().files == 1
    assert calls == [
        "dynamodb.Query",
        *["dynamodb.TransactWriteItems", "dynamodb.UpdateItem"] * 2,
    ], "one update of the account for each transaction"


def test_only_what_helps_is_reclaimed(service: Service) -> None:
    """A full account of pending uploads is not helped by expired files."""
    expired(0, bytes=100)
    upload = expired(1, Status.PENDING, bytes=100, multipart_id="m")
    assert removed_records.reclaim(ACCOUNT, Usage(pending_uploads=1), upload.created_at)
    assert held() == Usage(files=1, bytes=100)


def test_reclaiming_ends_when_its_time_is_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removed_records, "RECLAIM_S", 0)
    monkeypatch.setattr(removed_records, "TRANSACTION_ITEMS", 2)
    records = [expired(number, bytes=100) for number in range(3)]
    assert removed_records.reclaim(ACCOUNT, Usage(files=3), records[0].created_at)
    assert held().files == 2


def test_rivals_take_other_records(limited: Service) -> None:
    """Whoever meets a rival on a record goes on with the next."""
    records = [expired(number, bytes=100) for number in range(3)]
    rival = partial(removed_records.reclaim, ACCOUNT, Usage(files=2), records[0].created_at)
    with just_before("dynamodb.TransactWriteItems", rival):
        removed_records.reclaim(ACCOUNT, Usage(files=1), records[0].created_at)
    assert held() == Usage()


def test_nothing_alive_is_reclaimed(service: Service) -> None:
    file = create(service).json
    begin_upload(service)
    assert not removed_records.reclaim(ACCOUNT, Usage(files=9), file["created_at"])
    assert held().files == 2


def test_a_record_that_ttl_removes_meanwhile_does_not_keep_the_others(service: Service) -> None:
    records = [expired(number, bytes=100) for number in range(3)]
    with just_before("dynamodb.TransactWriteItems", lambda: remove_as_ttl_does(records[1])):
        assert removed_records.reclaim(ACCOUNT, Usage(files=3), records[0].created_at)
    assert held() == Usage(files=1, bytes=100)
    for record in records:
        follow_removal(record, record.created_at)
    assert held() == Usage()
