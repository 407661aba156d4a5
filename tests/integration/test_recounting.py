"""What accounts count for is held against what their records hold."""

from dataclasses import replace
from typing import Any

import pytest

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.domain.usage import Usage, held_by_upload
from lambdas.stores import file_table, removed_records, usage_inventory, usage_table
from lambdas.stores.removed_records import Removal
from lambdas.workflows import recounting
from tests.integration.left_behind import Run, lasting, reap, ulid
from tests.integration.service import ACCOUNT
from tests.integration.stored import remove_as_ttl_does, stored
from tests.integration.uploads.stopping import just_before

ONE = Usage(files=1, bytes=1)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounting, "SETTLED_S", 0)


def untold(number: int = 0) -> FileRecord:
    """A file whose record went, and the stream told nobody of it."""
    return remove_as_ttl_does(lasting(number))


def held(account: str = ACCOUNT) -> Usage:
    return usage_table.read(account).usage


def count(delta: Usage) -> None:
    """Let the account count for more, or less."""
    clients.dynamodb().update_item(**usage_table._add(ACCOUNT, delta))


def miscounted(answer: Any) -> list[dict[str, Any]]:
    return [one for one in answer["first"] if one["kind"] == "MiscountedAccount"]


def test_an_account_that_counts_right_is_not_reported(run: Run) -> None:
    lasting(1)
    lasting(2, None, status=Status.PENDING, multipart_id="m", bytes=5)
    lasting(3, None, status=Status.CANCELLED)
    assert run()["found"] == {}


@pytest.mark.parametrize("event", [{}, {"repair": True}, {"scheduled": True}])
def test_a_removal_that_nobody_was_told_of_is_corrected_where_repairing(
    run: Run, event: dict[str, Any]
) -> None:
    lasting(1)
    untold(2)
    assert miscounted(run(**event)) == [
        {
            "kind": "MiscountedAccount",
            "subject": ACCOUNT,
            "bytes": 1,
            "repaired": bool(event),
            "counts": {"files": 1, "bytes": 1, "pending_uploads": 0},
        }
    ]
    assert held() == (ONE if event else ONE + ONE)
    assert len(miscounted(run(**event))) == (0 if event else 1)


def test_a_pending_upload_is_reported_with_its_place(run: Run) -> None:
    fields = {"status": Status.PENDING, "multipart_id": "m", "bytes": 5}
    remove_as_ttl_does(lasting(1, None, **fields))
    (finding,) = miscounted(run())
    assert finding["counts"] == {"files": 1, "bytes": 5, "pending_uploads": 1}


def test_a_place_that_was_reserved_in_vain_is_taken_off(run: Run) -> None:
    lasting(1)
    usage_table.reserve(ACCOUNT, held_by_upload(5), settings.limits())
    run(repair=True)
    assert held() == ONE


def test_an_account_that_counts_for_too_little_is_raised(run: Run) -> None:
    lasting(1)
    count(Usage(files=-1, bytes=-1))
    (finding,) = miscounted(run(repair=True))
    assert finding["counts"] == {"files": -1, "bytes": -1, "pending_uploads": 0}
    assert held() == ONE


def test_a_removal_that_is_told_after_the_correction_is_not_taken_off_again(run: Run) -> None:
    late = untold(1)
    run(repair=True)
    assert held() == Usage()
    reap(late)
    assert held() == Usage()


def test_of_a_batch_of_removals_only_those_after_the_correction_are_taken_off(run: Run) -> None:
    known = untold(1)
    run(repair=True)
    until = usage_table.read(ACCOUNT).corrected_until
    later = untold(2)
    removals = [Removal(known, until), Removal(later, until + 1)]
    removed_records.release(ACCOUNT, removals, until + 1)
    assert held() == Usage()


def test_what_is_on_its_way_is_not_corrected(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reserved before the first look, written before the second."""
    record = replace(untold(1), key=FileKey(ACCOUNT, ulid(2)))
    monkeypatch.setattr(recounting, "sleep", lambda _: file_table.begin(record))
    assert miscounted(run(repair=True)) == []
    assert held() == ONE


def test_what_is_reserved_after_the_first_look_is_left_alone(run: Run) -> None:
    """Its record may come after the second look; what was in vain before is taken off all the
    same."""
    untold(1)

    def reserve() -> None:
        usage_table.reserve(ACCOUNT, ONE, settings.limits())

    with just_before("dynamodb.Query", reserve):
        assert len(miscounted(run(repair=True, position=["usage", None]))) == 1
    assert held() == ONE


def test_a_removal_that_is_told_between_the_looks_is_not_reported(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = untold(1)
    monkeypatch.setattr(recounting, "sleep", lambda _: reap(late))
    assert miscounted(run(repair=True)) == []
    assert held() == Usage()


def test_a_removal_that_is_told_just_before_the_correction_is_not_taken_off_twice(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, correct = untold(1), usage_table.correct
    untold(2)

    def released_before(*arguments: Any) -> bool:
        if arguments[1] == ONE + ONE:
            reap(late)
        return correct(*arguments)

    monkeypatch.setattr(usage_table, "correct", released_before)
    (finding,) = miscounted(run(repair=True))
    assert finding["counts"] == {"files": 1, "bytes": 1, "pending_uploads": 0}
    assert held() == Usage()


def test_two_runs_at_once_correct_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    untold(1)

    def other_run(_: float) -> None:
        monkeypatch.setattr(recounting, "sleep", lambda _: None)
        assert len(miscounted(run(repair=True))) == 1

    monkeypatch.setattr(recounting, "sleep", other_run)
    assert miscounted(run(repair=True)) == []
    assert held() == Usage()


def test_a_correction_whose_answer_is_lost_is_done_once(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    untold(1)
    real = clients.dynamodb().update_item

    def lost(**request: Any) -> Any:
        real(**request)
        return real(**request)  # as botocore repeats it

    monkeypatch.setattr(clients.dynamodb(), "update_item", lost)
    assert len(miscounted(run(repair=True))) == 1
    assert held() == Usage()


def test_an_account_too_large_to_be_read_in_time_is_left_alone(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recounting, "HELD_S", 0)
    untold(1)
    assert miscounted(run(repair=True)) == []
    assert held() == ONE


def test_every_account_is_looked_at_page_after_page(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_inventory, "PAGE", 1)
    accounts = {f"account-{n}" for n in range(3)}
    for number, account in enumerate(accounts):
        remove_as_ttl_does(stored(b"x", Status.PROCESSED, key=FileKey(account, ulid(number))))
    assert {finding["subject"] for finding in miscounted(run())} == accounts


def test_an_account_of_many_pages_is_counted_whole(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        lasting(number)
    query = clients.dynamodb().query
    asked: list[Any] = []

    def by_two(**request: Any) -> Any:
        asked.append(request)
        return query(**request, Limit=2)

    monkeypatch.setattr(clients.dynamodb(), "query", by_two)
    assert run(position=["usage", None])["found"] == {}
    assert len(asked) == 3
