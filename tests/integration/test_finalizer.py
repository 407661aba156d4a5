"""The finalizer: events that come once, twice, early, late, and for files that are gone."""

import json
import time
from hashlib import md5
from typing import Any

import pytest

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.handlers import finalizer
from lambdas.handlers.clock import now_ms
from lambdas.stores import file_table, upload_table
from lambdas.workflows.finalizing import Finalized, Outcome, finalize
from tests.integration.lines import request_line, requests
from tests.integration.recorded import created, queued
from tests.integration.service import Context, Service, recorded_calls
from tests.integration.stored import ULID, stored
from tests.integration.uploads.stopping import just_before

DONE: dict[str, list[Any]] = {"batchItemFailures": []}
VERDICT = "dynamodb.TransactWriteItems"


def notify(*object_keys: str) -> Any:
    """Invoke the function with one message for each key."""
    return finalizer.handler(created(*object_keys), Context())


def current(record: FileRecord) -> FileRecord | None:
    return file_table.get(record.key, int(time.time()))


@pytest.mark.parametrize("status", [Status.UPLOADED, Status.PENDING])
def test_a_valid_file_becomes_processed_also_when_the_event_overtook_complete(
    service: Service, status: Status
) -> None:
    record = stored(requests(3), status)
    assert notify(record.object_key) == DONE
    file = service.get(f"/files/file-{ULID}").json
    assert (file["status"], file["line_count"]) == ("processed", 3)
    assert file["expires_at"] == record.created_at + record.retention_s
    assert service.get(f"/files/file-{ULID}/validation").json["valid"] is True


def test_an_invalid_file_becomes_error_and_its_report_names_every_line(service: Service) -> None:
    record = stored(requests(2) + b"nonsense\n" + request_line(0))
    notify(record.object_key)
    file = service.get(f"/files/file-{ULID}").json
    assert file["status"] == "error"
    assert file["status_details"].startswith("2 errors. Line 3: ")
    report = service.get(f"/files/file-{ULID}/validation").json
    assert report["error_count"] == 2
    assert [(e["line"], e["code"]) for e in report["errors"]["data"]] == [
        (3, "invalid_json_line"),
        (4, "duplicate_custom_id"),
    ]
    assert service.get(f"/files/file-{ULID}/content").body == requests(2) + b"nonsense\n" + (
        request_line(0)
    )


def test_a_thousand_errors_are_counted_and_a_hundred_listed(service: Service) -> None:
    record = stored(b"nonsense\n" * 1_000)
    notify(record.object_key)
    report = service.get(f"/files/file-{ULID}/validation").json
    assert report["error_count"] == 1_000
    assert len(report["errors"]["data"]) == 100


def test_the_md5_given_at_completion_is_compared(service: Service) -> None:
    content = requests(2)
    record = stored(content, md5=md5(content, usedforsecurity=False).hexdigest())
    notify(record.object_key)
    assert service.get(f"/files/file-{ULID}").json["status"] == "processed"


def test_another_md5_makes_the_file_an_error(service: Service) -> None:
    record = stored(requests(2), md5="0" * 32)
    notify(record.object_key)
    file = service.get(f"/files/file-{ULID}").json
    assert file["status"] == "error"
    errors = service.get(f"/files/file-{ULID}/validation").json["errors"]["data"]
    assert [(e["code"], e["line"]) for e in errors] == [("md5_mismatch", None)]


def test_an_event_that_comes_twice_changes_nothing(service: Service) -> None:
    record = stored(requests(1))
    notify(record.object_key)
    before = service.get(f"/files/file-{ULID}/validation").json
    with recorded_calls() as calls:
        assert notify(record.object_key) == DONE
    assert calls == ["dynamodb.GetItem"]
    assert service.get(f"/files/file-{ULID}/validation").json == before


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.PROCESSED, Status.ERROR])
def test_an_event_for_a_file_that_awaits_no_check_is_done(service: Service, status: Status) -> None:
    record = stored(requests(1), status)
    assert notify(record.object_key) == DONE
    kept = current(record)
    assert kept is not None
    assert kept.status is status


def test_a_deleted_file_is_not_brought_back(service: Service) -> None:
    record = stored(requests(1))
    service.delete(f"/files/file-{ULID}")
    assert notify(record.object_key) == DONE
    assert current(record) is None
    assert file_table.get_validation(record.key) is None


def test_a_file_deleted_while_it_is_checked_is_not_brought_back(service: Service) -> None:
    record = stored(requests(1))
    with just_before(VERDICT, lambda: service.delete(f"/files/file-{ULID}")):
        assert notify(record.object_key) == DONE
    assert current(record) is None
    assert file_table.get_validation(record.key) is None


def test_two_events_at_once_give_one_verdict(service: Service) -> None:
    """The other is of the workflow: a function's environment is for one invocation at a time."""
    record = stored(requests(1))
    other: list[Finalized] = []

    def overtake() -> None:
        other.append(finalize(record.object_key, settings.limits(), now_ms))

    with just_before(VERDICT, overtake):
        assert notify(record.object_key) == DONE
    assert [finalized.outcome for finalized in other] == [Outcome.CHECKED]
    assert service.get(f"/files/file-{ULID}").json["status"] == "processed"


def test_a_file_whose_md5_changes_while_it_is_checked_is_checked_again(service: Service) -> None:
    """Its first verdict is about an MD5 that the last `complete` took back."""
    content = requests(1)
    record = stored(content, Status.PENDING, multipart_id="m", md5="0" * 32)
    right = md5(content, usedforsecurity=False).hexdigest()

    def correct() -> None:
        upload_table.revise(record, now_ms() // 1000, md5=right)

    with just_before(VERDICT, correct):
        assert notify(record.object_key) == DONE
    kept = current(record)
    assert kept is not None
    assert (kept.status, kept.md5) == (Status.PROCESSED, right)
    assert service.get(f"/files/file-{ULID}/validation").json["error_count"] == 0


def test_an_expired_file_is_left_alone(service: Service) -> None:
    record = stored(requests(1), expires_at=int(time.time()) - 1)
    with recorded_calls() as calls:
        assert notify(record.object_key) == DONE
    assert calls == ["dynamodb.GetItem"]


def test_events_that_are_not_about_a_file_are_done(service: Service) -> None:
    assert notify("files/07/acme/01JD0000000000000000000001") == DONE
    assert notify("parts/acme/x/y") == DONE
    assert notify("somewhere") == DONE
    configured = queued(json.dumps({"Event": "s3:TestEvent", "Bucket": "b"}))
    assert finalizer.handler(configured, Context()) == DONE


def test_a_file_without_its_bytes_goes_back_to_the_queue_and_blocks_no_other(
    service: Service,
) -> None:
    lost = stored(None)
    other = stored(requests(1), key=lost.key._replace(ulid=ULID[:-1] + "1"))
    answer = notify(lost.object_key, other.object_key)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    checked = current(other)
    assert checked is not None
    assert checked.status is Status.PROCESSED


def test_finalizing_costs_three_calls(service: Service) -> None:
    record = stored(requests(1))
    with recorded_calls() as calls:
        notify(record.object_key)
    assert calls == ["dynamodb.GetItem", "s3.GetObject", "dynamodb.TransactWriteItems"]


def test_a_key_with_escapes_is_read_as_s3_means_it(service: Service) -> None:
    record = stored(requests(1), key=stored(None).key._replace(account="team a+b"))
    assert notify("files/07/team+a%2Bb/" + ULID) == DONE
    checked = current(record)
    assert checked is not None
    assert checked.status is Status.PROCESSED


def test_the_bytes_are_untouched_by_the_check(service: Service) -> None:
    record = stored(requests(1))
    notify(record.object_key)
    kept = clients.s3().get_object(Bucket=settings.bucket(), Key=record.object_key)
    assert kept["Body"].read() == requests(1)
