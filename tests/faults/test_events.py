"""S3's events and the table's removals: late, twice, out of order, for what is gone."""

import time

import pytest

from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.handlers import finalizer, reaper
from lambdas.stores import file_table, object_inventory
from tests.faults.cases import Laboratory
from tests.faults.scenarios import CONTENT, TWO_PARTS
from tests.faults.world import World, deliver_created, records, repeated
from tests.integration.recorded import created, removed
from tests.integration.service import ACCOUNT, Context, Service
from tests.integration.stored import ULID, objects, stored
from tests.integration.uploads.stopping import just_after, just_before

pytestmark = pytest.mark.usefixtures("world")
DONE: dict[str, list[str]] = {"batchItemFailures": []}
FILE = f"file-{ULID}"


@pytest.fixture
def world(lab: Laboratory) -> World:
    return lab.new_world()


def delete() -> None:
    file_table.delete_file(records()[ULID].key, int(time.time()))


def reap(record: FileRecord) -> None:
    assert reaper.handler(removed(record), Context()) == DONE


def verdict() -> Status:
    return records()[ULID].status


def test_an_event_an_hour_late_still_gives_the_verdict(world: World) -> None:
    hour_ago = int(time.time()) - 3_600
    record = stored(CONTENT, created_at=hour_ago)
    assert deliver_created(record.object_key) == ["done"]
    assert verdict() is Status.PROCESSED


def test_events_out_of_order_and_twice_give_each_file_its_own(world: World) -> None:
    first = stored(CONTENT)
    second = stored(b"nonsense\n", key=first.key._replace(ulid=ULID[:-1] + "1"))
    keys = [second.object_key, first.object_key, second.object_key, first.object_key]
    assert finalizer.handler(created(*keys), Context()) == DONE
    states = {ulid: record.status for ulid, record in records().items()}
    assert states == {first.key.ulid: Status.PROCESSED, second.key.ulid: Status.ERROR}


def test_an_event_for_a_file_never_recorded_makes_none(world: World) -> None:
    assert deliver_created(f"files/07/{ACCOUNT}/{ULID}") == ["done"]
    assert records() == {}


def test_the_event_comes_after_the_delete_and_its_removed(world: World) -> None:
    record = stored(CONTENT)
    delete()
    reap(record)
    assert deliver_created(record.object_key) == ["done"]
    assert (records(), objects()) == ({}, [])


def test_the_removal_is_told_before_a_second_event_and_again_after_it(world: World) -> None:
    record = stored(CONTENT)
    deliver_created(record.object_key)
    delete()
    for _ in range(2):
        reap(record)
        deliver_created(record.object_key)
    assert (records(), objects()) == ({}, [])
    assert file_table.get_validation(record.key) is None


CHECK = ["dynamodb.GetItem", "s3.GetObject", "dynamodb.TransactWriteItems"]


@pytest.mark.parametrize("reaped", [False, True], ids=["reaped later", "reaped at once"])
@pytest.mark.parametrize("moment", CHECK)
def test_a_delete_during_a_check_wins(world: World, moment: str, reaped: bool) -> None:
    record = stored(CONTENT)

    def interfere() -> None:
        delete()
        if reaped:
            reap(record)

    with just_before(moment, interfere):
        assert deliver_created(record.object_key) == ["done"]
    reap(record)
    assert (records(), objects()) == ({}, [])
    assert file_table.get_validation(record.key) is None


@pytest.mark.parametrize("moment", CHECK)
def test_a_file_that_expires_during_its_check_stays_expired(world: World, moment: str) -> None:
    """The end of a file is not moved by a verdict: only a pending record's end is the upload's."""
    record = stored(CONTENT)

    def expire() -> None:
        world.look()
        world.let_time_pass()

    with just_before(moment, expire):
        assert deliver_created(record.object_key) == ["done"]
    assert (records(), [key for key in objects() if key.startswith("files/")]) == ({}, [])


def end(world: World, record: FileRecord, cause: str) -> None:
    """Delete the file or let it expire, and tell the reaper at once."""
    if cause == "deleted":
        delete()
        reap(record)
    else:
        world.look()
        world.let_time_pass()


@pytest.mark.parametrize("cause", ["deleted", "expired"])
@pytest.mark.parametrize("moment", ["dynamodb.GetItem", "s3.GetObject"])
def test_a_file_that_goes_during_a_download_is_not_found_and_never_half(
    world: World, moment: str, cause: str
) -> None:
    record = stored(CONTENT, Status.PROCESSED)
    with just_before(moment, lambda: end(world, record, cause)):
        assert Service().get(f"/files/{FILE}/content").status == 404


@pytest.mark.parametrize("cause", ["deleted", "expired"])
def test_a_download_that_has_begun_ends_whole(world: World, cause: str) -> None:
    record = stored(CONTENT, Status.PROCESSED)
    with just_after("s3.GetObject", lambda: end(world, record, cause)):
        answer = Service().get(f"/files/{FILE}/content")
    assert (answer.status, answer.body) == (200, CONTENT)
    assert [key for key in objects() if key.startswith("files/")] == []


def test_of_two_deletes_one_is_told_and_the_other_finds_nothing(world: World) -> None:
    record = stored(CONTENT, Status.PROCESSED)
    inner: list[int] = []

    def delete_too() -> None:
        inner.append(Service().delete(f"/files/{FILE}").status)

    with just_before("dynamodb.DeleteItem", delete_too):
        assert Service().delete(f"/files/{FILE}").status == 404
    assert inner == [200]
    reap(record)
    reap(record)
    assert (records(), objects()) == ({}, [])


@pytest.mark.parametrize("cause", ["deleted", "expired"])
def test_a_removal_takes_bytes_parts_and_report_whatever_caused_it(
    world: World, cause: str
) -> None:
    upload = world.client.uploads.create(
        filename="a", purpose="batch", bytes=len(TWO_PARTS), mime_type="application/jsonl"
    )
    part = world.client.uploads.parts.create(upload.id, data=TWO_PARTS)
    world.client.uploads.complete(upload.id, part_ids=[part.id])
    (record,) = records().values()
    deliver_created(record.object_key)
    world.look()
    if cause == "deleted":
        world.client.files.delete(f"file-{record.key.ulid}")
        world.look()
        assert world.reap() == ["done"]
    else:
        world.let_time_pass()
    assert [key for key in objects() if not key.startswith("reconciler/")] == []
    assert file_table.get_validation(record.key) is None


def test_one_removal_that_fails_holds_no_other_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda goes on from the one that is named, and gives up on it alone in the end."""
    gone = [stored(CONTENT, key=FileKey(ACCOUNT, f"{ULID[:-1]}{number}")) for number in range(3)]
    with monkeypatch.context() as failing:
        real = object_inventory.delete_objects

        def delete_others(keys: list[str]) -> list[str]:
            stays = gone[1].object_key
            return [stays, *real([key for key in keys if key != stays])]

        failing.setattr(object_inventory, "delete_objects", delete_others)
        answer = reaper.handler(removed(*gone), Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert objects() == [gone[1].object_key]
    assert repeated(lambda: reaper.handler(removed(*gone[1:]), Context())) == ["done"]
    assert objects() == []
