"""The reconciler: what was left behind is found and collected, and nothing else is touched."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

import pytest

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey, part_object_key
from lambdas.handlers import finalizer, reaper, reconciler
from lambdas.stores import file_table, object_inventory, part_store, table_inventory
from lambdas.stores.file_item import file_item, file_key
from lambdas.stores.object_inventory import StoredObject
from lambdas.workflows import reconciling, sweeping
from tests.integration.lines import requests
from tests.integration.service import ACCOUNT, EVENTS, Context, Service
from tests.integration.stored import ULID, stored
from tests.integration.uploads.stopping import just_after, just_before

WEEK_S = 7 * 86_400
LONG = 900_000
SAFE_AGE_S = sweeping.SAFE_AGE_S

pytestmark = pytest.mark.usefixtures("service")


def ulid(number: int) -> str:
    return f"{ULID[:-4]}{number:04d}"


def lasting(number: int = 0, content: bytes | None = b"x", **fields: Any) -> FileRecord:
    """A file that no sweep of these tests meets expired."""
    fields = {"expires_at": int(time.time()) + WEEK_S} | fields
    status = fields.pop("status", Status.PROCESSED)
    return stored(content, status, key=FileKey(ACCOUNT, ulid(number)), **fields)


def forget_record(record: FileRecord) -> None:
    """As TTL does where its stream record gets lost."""
    clients.dynamodb().delete_item(TableName=settings.files_table(), Key=file_key(record.key))


def reap(record: FileRecord) -> None:
    event = json.loads((EVENTS / "stream_remove.json").read_text())
    event["Records"][0]["dynamodb"]["OldImage"] = file_item(record)
    assert reaper.handler(event, Context()) == {"batchItemFailures": []}


def orphan(number: int = 0) -> FileRecord:
    record = lasting(number)
    forget_record(record)
    return record


def keys() -> set[str]:
    listed = clients.s3().list_objects_v2(Bucket=settings.bucket()).get("Contents", [])
    return {entry["Key"] for entry in listed} - {"reconciler/progress.json"}


def messages() -> list[str]:
    """The object keys that the finalizer is to look at."""
    answer = clients.sqs().receive_message(
        QueueUrl=settings.finalizer_queue_url(), MaxNumberOfMessages=10
    )
    bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
    return [body["Records"][0]["s3"]["object"]["key"] for body in bodies]


@contextmanager
def later(seconds: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The reconciler's clock, `seconds` from now."""
    now = int(time.time()) + seconds
    with monkeypatch.context() as patched:
        patched.setattr(reconciler, "now_ms", lambda: now * 1000)
        yield


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Invokes the function when everything stored by then is old enough."""

    def invoke(after_s: int = SAFE_AGE_S + 60, remaining_ms: int = LONG, **event: Any) -> Any:
        with later(after_s, monkeypatch):
            return reconciler.handler(event, Context(remaining_ms=remaining_ms))

    return invoke


Run = Callable[..., Any]


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
    forget_record(gone)
    for record in (kept, gone):
        for part in ("A", "B"):
            part_store.put(record.key, part, b"x")
    assert run(repair=True)["found"] == {"BytesWithoutRecord": 2}
    assert keys() == {part_object_key(kept.key, part) for part in ("A", "B")}


def test_an_object_joined_after_its_record_went_is_collected(run: Run) -> None:
    """The upload expired while its parts were being joined: the event finds no record."""
    record = stored(None, Status.PENDING)
    forget_record(record)
    reap(record)
    clients.s3().put_object(Bucket=settings.bucket(), Key=record.object_key, Body=requests(1))
    event = json.loads((EVENTS / "sqs_object_created.json").read_text())
    event["Records"][0]["body"] = (EVENTS / "object_created.json").read_text()
    assert finalizer.handler(event, Context()) == {"batchItemFailures": []}
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
    created = service.create_file(requests(1)).json["id"]
    key = FileKey(ACCOUNT, created.removeprefix("file-"))
    record = file_table.get_file(key, int(time.time()))
    forget_record(record)
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
    event = json.loads((EVENTS / "sqs_object_created.json").read_text())
    event["Records"][0]["body"] = received["Messages"][0]["Body"]
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


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_inventory, "PAGE", 2)
    monkeypatch.setattr(table_inventory, "PAGE", 2)
    monkeypatch.setattr(table_inventory, "BATCH", 1)


@pytest.mark.usefixtures("small_pages")
def test_a_run_that_is_out_of_time_goes_on_from_its_position(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {orphan(n).object_key for n in range(5)}
    for n in range(5, 10):
        lasting(n)
    lasting(10, status=Status.UPLOADED)
    left = iter([LONG, 0] * 100)
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _: next(left))
    found: list[str] = []
    position, runs = None, 0
    while runs == 0 or position is not None:
        answer = run(repair=True, **({"position": position} if position else {}))
        found += [finding["subject"] for finding in answer["first"]]
        position = json.loads(json.dumps(answer["position"]))
        runs += 1
    assert runs > 8
    assert gone < set(found)
    assert len(found) == 6
    assert len(keys()) == 6


@pytest.mark.usefixtures("small_pages")
def test_the_scheduled_run_goes_on_where_it_was_and_then_rests_for_a_day(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        lasting(number)
    gone = orphan(9)
    left = iter([LONG] * 4 + [0] + [LONG] * 10_000)  # 3 pages unchecked, 1 page of the round
    monkeypatch.setattr(Context, "get_remaining_time_in_millis", lambda _: next(left))
    began = SAFE_AGE_S + 60
    run(began, scheduled=True)
    assert gone.object_key in keys()
    run(began + 3_600, scheduled=True)
    assert gone.object_key not in keys()
    another = orphan(8)
    run(began + 7_200, scheduled=True)
    assert another.object_key in keys()
    run(began + reconciling.ROUND_S, scheduled=True)
    assert another.object_key not in keys()


def test_the_scheduled_run_looks_for_unchecked_files_each_time(run: Run) -> None:
    lasting(status=Status.UPLOADED)
    for number in range(3):
        run(SAFE_AGE_S + 3_600 * number, scheduled=True)
    assert len(messages()) == 3


def test_a_store_that_fails_ends_the_run_and_the_next_goes_on(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    orphan()

    def fail(_: list[str]) -> None:
        raise Unavailable

    with monkeypatch.context() as failing:
        failing.setattr(object_inventory, "delete_objects", fail)
        with pytest.raises(Unavailable):
            run(scheduled=True)
    run(scheduled=True)
    assert keys() == set()


def test_keys_that_dynamodb_leaves_unanswered_are_asked_again(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else their bytes would be taken for bytes without a record."""
    record = lasting()
    dynamodb, asked = clients.dynamodb(), 0
    real = dynamodb.batch_get_item

    def leave_once(**request: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 1:
            return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}
        return real(**request)

    monkeypatch.setattr(dynamodb, "batch_get_item", leave_once)
    assert run(repair=True)["found"] == {}
    assert asked > 1
    assert keys() == {record.object_key}


@pytest.mark.usefixtures("small_pages")
def test_no_page_is_kept_while_the_next_is_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Constant memory: of many listed objects only one page's are held at any time."""
    for number in range(9):
        orphan(number)
    alive: WeakSet[StoredObject] = WeakSet()
    most = 0

    class Watched(StoredObject):
        def __init__(self, *fields: Any) -> None:
            nonlocal most
            super().__init__(*fields)
            alive.add(self)
            most = max(most, len(alive))

    monkeypatch.setattr(object_inventory, "StoredObject", Watched)
    assert run()["found"] == {"BytesWithoutRecord": 9}
    assert 2 <= most <= 4, "the page that is read, and the one before it while that happens"


def test_findings_beyond_the_first_hundred_are_only_counted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "SHOWN", 2)
    for number in range(3):
        orphan(number)
    answer = run()
    assert answer["found"] == {"BytesWithoutRecord": 3}
    assert len(answer["first"]) == 2
