"""The reconciler: what was left behind is found and collected, and nothing else is touched."""

import time

import pytest

from lambdas import clients, settings
from lambdas.domain.file import Status
from lambdas.domain.keys import FileKey, part_object_key
from lambdas.handlers import finalizer
from lambdas.stores import file_table, part_store
from lambdas.workflows import sweeping
from tests.integration.left_behind import (
    SAFE_AGE_S,
    Run,
    half_reaped,
    keys,
    lasting,
    messages,
    orphan,
    reap,
)
from tests.integration.lines import requests
from tests.integration.recorded import created, queued
from tests.integration.service import ACCOUNT, Context, Service
from tests.integration.stored import remove_as_ttl_does, stored
from tests.integration.uploads.stopping import just_after, just_before


def test_where_all_is_well_nothing_is_found(run: Run) -> None:
    lasting(1)
    lasting(2, None, status=Status.PENDING)
    assert run(repair=True)["found"] == {}
    assert len(keys()) == 1


def test_bytes_without_a_record_are_deleted_and_their_neighbours_stay(run: Run) -> None:
    kept = [lasting(1), lasting(3)]
    orphan(2)
    answer = run(repair=True)
    assert answer["found"] == {"BytesWithoutRecord": 1}
    assert keys() == {record.object_key for record in kept}


def test_a_dry_run_tells_and_touches_nothing(run: Run) -> None:
    gone = orphan()
    stuck = lasting(1, status=Status.UPLOADED)
    for event in ({}, {"repair": False}, {"repair": "no"}):
        answer = run(**event)
        assert answer["found"] == {"BytesWithoutRecord": 1, "UncheckedFile": 1}
        assert answer["first"][1]["subject"] == gone.object_key
        assert not any(finding["repaired"] for finding in answer["first"])
    assert keys() == {gone.object_key, stuck.object_key}
    assert messages() == []


@pytest.mark.parametrize(("age_s", "found"), [(SAFE_AGE_S - 2, 0), (SAFE_AGE_S + 1, 1)])
def test_young_bytes_are_left_alone(run: Run, age_s: int, found: int) -> None:
    orphan()
    assert len(run(age_s, repair=True)["first"]) == found
    assert len(keys()) == 1 - found


@pytest.mark.parametrize(("margin_s", "found"), [(-2, 0), (1, 1)])
def test_the_bytes_of_an_expired_record_need_not_wait_for_ttl(
    run: Run, margin_s: int, found: int
) -> None:
    now = int(time.time())
    lasting(expires_at=now + SAFE_AGE_S + 60)
    at = SAFE_AGE_S + 60 + sweeping.MARGIN_S + margin_s
    assert run(at, repair=True)["found"] == ({"BytesWithoutRecord": 1} if found else {})
    assert len(keys()) == 1 - found


def test_proxied_parts_without_a_record_are_deleted(run: Run) -> None:
    kept, gone = lasting(1, None, status=Status.PENDING), lasting(2, None)
    half_reaped(gone)
    for record in (kept, gone):
        for part in ("A", "B"):
            part_store.put(record.key, part, b"x")
    assert run(repair=True)["found"] == {"BytesWithoutRecord": 2}
    assert keys() == {part_object_key(kept.key, part) for part in ("A", "B")}


def test_an_object_joined_after_its_record_went_is_collected(run: Run) -> None:
    """The upload expired while its parts were being joined: the event finds no record."""
    record = stored(None, Status.PENDING)
    remove_as_ttl_does(record)
    reap(record)
    clients.s3().put_object(Bucket=settings.bucket(), Key=record.object_key, Body=requests(1))
    assert finalizer.handler(created(record.object_key), Context()) == {"batchItemFailures": []}
    assert keys() == {record.object_key}
    assert run(repair=True)["found"] == {"BytesWithoutRecord": 1}
    assert keys() == set()


def test_a_file_without_its_bytes_is_told_and_left(run: Run) -> None:
    record = lasting()
    clients.s3().delete_object(Bucket=settings.bucket(), Key=record.object_key)
    answer = run(repair=True)
    assert answer["found"] == {"FileWithoutBytes": 1}
    assert answer["first"][0]["subject"] == f"file-{record.key.ulid}"
    assert not answer["first"][0]["repaired"]
    assert file_table.get(record.key, 0) is not None


def test_a_file_of_another_size_is_told(run: Run) -> None:
    record = lasting()
    clients.s3().put_object(Bucket=settings.bucket(), Key=record.object_key, Body=b"xx")
    assert run(repair=True)["found"] == {"FileWithoutBytes": 1}


def test_a_file_deleted_while_it_is_looked_at_is_not_told(run: Run) -> None:
    record = lasting()

    def delete() -> None:
        file_table.delete_file(record.key, int(time.time()))
        reap(record)

    with just_before("s3.HeadObject", delete):
        assert run()["found"] == {}


def test_a_file_made_between_the_listing_and_the_look_up_keeps_its_bytes(run: Run) -> None:
    """The order of the two reads is what makes the deletion safe."""
    record = orphan()

    def restore() -> None:
        lasting(0)

    with just_after("s3.ListObjectsV2", restore):
        assert run(repair=True)["found"] == {}
    assert keys() == {record.object_key}


def test_a_report_without_its_file_is_deleted(run: Run, service: Service) -> None:
    file_id = service.create_file(requests(1)).json["id"]
    key = FileKey(ACCOUNT, file_id.removeprefix("file-"))
    record = file_table.get_file(key, int(time.time()))
    half_reaped(record)
    clients.s3().delete_object(Bucket=settings.bucket(), Key=record.object_key)
    assert run(repair=True)["found"] == {"ReportWithoutRecord": 1}
    assert file_table.get_validation(key) is None


def test_an_object_of_no_file_is_told_and_left(run: Run) -> None:
    clients.s3().put_object(Bucket=settings.bucket(), Key="files/readme.txt", Body=b"x")
    assert run(repair=True)["found"] == {"ObjectOfNoFile": 1}
    assert keys() == {"files/readme.txt"}


def test_a_file_that_stayed_uploaded_is_sent_to_the_finalizer_and_finalized(run: Run) -> None:
    record = lasting(status=Status.UPLOADED, content=requests(2), bytes=len(requests(2)))
    assert run(repair=True)["found"] == {"UncheckedFile": 1}
    received = clients.sqs().receive_message(QueueUrl=settings.finalizer_queue_url())
    event = queued(received["Messages"][0]["Body"])
    assert finalizer.handler(event, Context()) == {"batchItemFailures": []}
    checked = file_table.get(record.key, int(time.time()))
    assert checked is not None
    assert (checked.status, checked.line_count) == (Status.PROCESSED, 2)


@pytest.mark.parametrize(("age_s", "found"), [(-2, 0), (1, 1)])
def test_a_file_just_created_is_not_sent_again(run: Run, age_s: int, found: int) -> None:
    lasting(status=Status.UPLOADED)
    run(sweeping.UNCHECKED_AGE_S + age_s, repair=True)
    assert len(messages()) == found


@pytest.mark.parametrize("status", [Status.PENDING, Status.CANCELLED])
def test_what_nobody_was_told_is_a_file_does_not_become_one(run: Run, status: Status) -> None:
    lasting(status=status)
    assert run(repair=True)["found"] == {}
    assert messages() == []


def test_a_wrong_table_does_not_cost_the_bytes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "SURPLUS", 3)
    for number in range(4):
        orphan(number)
    answer = run(repair=True)
    assert answer["stopped"]
    assert len(keys()) == 4
    lasting(4)
    assert "stopped" not in run(repair=True)
    assert len(keys()) == 1
