"""What an account may hold: refused exactly at the limit, given back once, whoever is at it."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import QuotaExceeded
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.ids import new_ulid
from lambdas.domain.keys import FileKey
from lambdas.domain.limits import MIB
from lambdas.domain.upload import CANCELLED_LIFETIME_S
from lambdas.domain.upload_requests import NewUpload
from lambdas.domain.usage import Usage
from lambdas.stores import contention, file_table, usage_table
from lambdas.workflows.finalizing import finalize
from lambdas.workflows.uploading import create_upload
from linegate.jsonl.purposes import PURPOSES
from tests.integration.lines import requests
from tests.integration.service import ACCOUNT, Answer, Service
from tests.integration.stored import follow_removal, objects, remove_as_ttl_does, stored
from tests.integration.test_errors import assert_error

NEW_UPLOAD = {"filename": "in.jsonl", "purpose": "batch", "bytes": MIB}


def create(service: Service) -> Answer:
    return service.create_file(requests(1))


def begin_upload(service: Service, size: int = MIB) -> Answer:
    return service.post_json("/uploads", NEW_UPLOAD | {"bytes": size})


def held(account: str = ACCOUNT) -> Usage:
    return usage_table.read(account).usage


def record_of(file_id: str) -> FileRecord:
    record = file_table.get(FileKey(ACCOUNT, file_id.partition("-")[2]), 0)
    assert record is not None
    return record


def test_a_file_counts_from_its_creation_to_its_removal(service: Service) -> None:
    file = create(service).json
    assert held() == Usage(files=1, bytes=file["bytes"])
    record = record_of(file["id"])
    service.delete(f"/files/{file['id']}")
    follow_removal(record, record.created_at)
    assert held() == Usage()


def test_a_removal_that_is_told_twice_gives_back_once(service: Service) -> None:
    kept, gone = create(service).json, record_of(create(service).json["id"])
    remove_as_ttl_does(gone)
    for _ in range(2):
        follow_removal(gone, gone.created_at)
    assert held() == Usage(files=1, bytes=kept["bytes"])


def test_an_upload_holds_its_file_from_the_start_and_is_pending_until_completed(
    service: Service,
) -> None:
    upload = begin_upload(service, MIB).json
    assert held() == Usage(files=1, bytes=MIB, pending_uploads=1)
    record = file_table.enter(record_of(upload["id"]), Status.UPLOADED, upload["created_at"])
    assert held() == Usage(files=1, bytes=MIB)
    follow_removal(remove_as_ttl_does(record), record.created_at)
    assert held() == Usage()


def test_a_cancelled_upload_counts_as_a_file_for_an_hour(service: Service) -> None:
    upload = begin_upload(service).json
    for _ in range(2):
        assert service.request("POST", f"/uploads/{upload['id']}/cancel").status == 200
        assert held() == Usage(files=1)
    cancelled = record_of(upload["id"])
    assert abs(cancelled.expires_at - time.time() - CANCELLED_LIFETIME_S) < 60
    follow_removal(remove_as_ttl_does(cancelled), upload["created_at"])
    assert held() == Usage()


def test_an_upload_that_ran_out_gives_all_of_it_back(service: Service) -> None:
    record = record_of(begin_upload(service).json["id"])
    follow_removal(remove_as_ttl_does(record), record.expires_at)
    assert held() == Usage()


def test_the_verdict_ends_an_upload_where_the_event_overtakes_complete(service: Service) -> None:
    record = stored(requests(1), Status.PENDING, multipart_id="m", part_bytes=8 * MIB)
    assert held().pending_uploads == 1
    finalize(record.object_key, settings.limits(), lambda: record.created_at * 1000)
    assert held() == Usage(files=1, bytes=record.bytes)


def test_a_move_that_lost_the_race_counts_for_nothing(service: Service) -> None:
    record = record_of(begin_upload(service).json["id"])
    file_table.enter(record, Status.UPLOADED, record.created_at)
    with pytest.raises(file_table.TransitionRefused):
        file_table.enter(record, Status.UPLOADED, record.created_at)
    for seen in (record, record_of(f"file-{record.key.ulid}")):
        with pytest.raises(file_table.TransitionRefused):
            file_table.enter(seen, Status.CANCELLED, record.created_at)
    assert held() == Usage(files=1, bytes=MIB)


def test_a_record_that_changed_meanwhile_is_moved_as_it_is_now(service: Service) -> None:
    seen = record_of(begin_upload(service).json["id"])
    table = settings.files_table()
    key = {"PK": {"S": f"ACCOUNT#{ACCOUNT}"}, "SK": {"S": f"FILE#{seen.key.ulid}"}}
    clients.dynamodb().update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET proxied_bytes = :five",
        ExpressionAttributeValues={":five": {"N": "5"}},
    )
    moved = file_table.enter(seen, Status.CANCELLED, seen.created_at)
    assert moved == replace(seen, status=Status.CANCELLED, proxied_bytes=5)
    assert record_of(f"file-{seen.key.ulid}") == moved


def test_the_last_file_fits_and_the_next_does_not(limited: Service) -> None:
    assert [create(limited).status for _ in range(3)] == [200, 200, 200]
    message = assert_error(create(limited), 403, "quota_exceeded")
    assert message.startswith("This account has 3 files")
    assert "of the 3 allowed, including pending uploads" in message
    assert held().files == 3
    assert_error(begin_upload(limited), 403, "quota_exceeded")


@pytest.mark.parametrize(("size", "status"), [(4 * MIB, 200), (4 * MIB + 1, 403)])
def test_the_last_byte_fits_and_the_next_does_not(limited: Service, size: int, status: int) -> None:
    assert begin_upload(limited, 8 * MIB).status == 200
    answer = begin_upload(limited, size)
    assert answer.status == status
    if status == 403:
        message = assert_error(answer, 403, "quota_exceeded")
        assert f"holds {8 * MIB} bytes" in message
        assert (
            f"of the {12 * MIB} allowed, including pending uploads; {size} more do not fit"
            in message
        )


def test_the_last_pending_upload_fits_and_the_next_does_not(limited: Service) -> None:
    assert [begin_upload(limited).status for _ in range(2)] == [200, 200]
    message = assert_error(begin_upload(limited), 403, "quota_exceeded")
    assert "2 pending uploads of the 2" in message
    assert create(limited).status == 200, "a file that comes whole is no pending upload"


def test_a_refused_upload_leaves_nothing_in_s3(limited: Service) -> None:
    for _ in range(3):
        begin_upload(limited)
    listed = clients.s3().list_multipart_uploads(Bucket=settings.bucket())
    assert len(listed["Uploads"]) == 2


def test_a_refused_file_stores_no_bytes(limited: Service) -> None:
    for _ in range(4):
        create(limited)
    assert len(objects()) == 3


def test_another_accounts_files_take_no_room(limited: Service) -> None:
    for _ in range(3):
        assert create(limited).status == 200
    assert create(Service("other")).status == 200


def test_there_is_room_again_when_a_file_has_gone(limited: Service) -> None:
    files = [create(limited).json for _ in range(3)]
    record = record_of(files[0]["id"])
    limited.delete(f"/files/{files[0]['id']}")
    follow_removal(record, record.created_at)
    assert create(limited).status == 200
    assert create(limited).status == 403


def test_many_at_once_get_exactly_what_there_is(limited: Service) -> None:
    """Of the workflow, since a function's environment, and what it logs, is for one at a time."""
    limits, now = settings.limits(), int(time.time())
    new = NewUpload("in.jsonl", PURPOSES["batch"], MIB, limits.retention_s)

    def begin(ulid: str) -> bool:
        try:
            create_upload(new, FileKey(ACCOUNT, ulid), now, limits)
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        begun = list(pool.map(begin, [new_ulid(now * 1000) for _ in range(8)]))
    assert sorted(begun) == [False] * 6 + [True] * 2
    assert held() == Usage(files=2, bytes=2 * MIB, pending_uploads=2)


def test_an_item_busy_for_a_moment_is_written_after_all(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contention, "FIRST_PAUSE_S", 0)
    busy = _busy(monkeypatch, times=contention.TRIES - 1)
    assert create(service).status == 200
    assert busy["left"] == 0


def test_what_cannot_be_released_does_not_fail_the_request(
    service: Service, monkeypatch: pytest.MonkeyPatch, log: StringIO
) -> None:
    upload = begin_upload(service).json

    def fail(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "InternalServerError"}}, "UpdateItem")

    monkeypatch.setattr(clients.dynamodb_once(), "update_item", fail)
    answer = service.request("POST", f"/uploads/{upload['id']}/cancel")
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert held() == Usage(files=1, bytes=MIB, pending_uploads=1)
    assert "usage not released" in log.getvalue()


def test_an_item_busy_for_long_is_a_503(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "FIRST_PAUSE_S", 0)
    _busy(monkeypatch, times=contention.TRIES)
    answer = create(service)
    assert_error(answer, 503, "internal_error")
    assert int(answer.headers["retry-after"]) > 0
    assert held() == Usage()


def _busy(monkeypatch: pytest.MonkeyPatch, times: int) -> dict[str, int]:
    """Let that many updates meet a transaction on their item, as DynamoDB says so."""
    real, state = clients.dynamodb().update_item, {"left": times}

    def contended(**request: Any) -> Any:
        if state["left"]:
            state["left"] -= 1
            error = {"Error": {"Code": "TransactionConflictException", "Message": ""}}
            raise ClientError(error, "UpdateItem")  # type: ignore[arg-type]  # as much as is read
        return real(**request)

    monkeypatch.setattr(clients.dynamodb(), "update_item", contended)
    return state
