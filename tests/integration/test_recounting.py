"""What accounts count for is held against what their records hold."""

from typing import Any

import pytest

from lambdas import clients
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.domain.usage import Usage
from lambdas.stores import usage_inventory, usage_table
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
    return usage_table.get(account)


def count(delta: Usage) -> None:
    """Let the account count for more, or less."""
    clients.dynamodb().update_item(**usage_table.change(ACCOUNT, delta))


def miscounted(answer: Any) -> list[dict[str, Any]]:
    return [one for one in answer["first"] if one["kind"] == "MiscountedAccount"]


def test_an_account_that_counts_right_is_not_reported(run: Run) -> None:
    lasting(1)
    lasting(2, None, status=Status.PENDING, multipart_id="m", bytes=5)
    lasting(3, None, status=Status.CANCELLED)
    assert run()["found"] == {}


@pytest.mark.parametrize("event", [{}, {"repair": True}, {"scheduled": True}])
def test_a_removal_that_nobody_was_told_of_is_reported_and_not_corrected(
    run: Run, event: dict[str, Any]
) -> None:
    lasting(1)
    untold(2)
    assert miscounted(run(**event)) == [
        {
            "kind": "MiscountedAccount",
            "subject": ACCOUNT,
            "bytes": 1,
            "repaired": False,
            "counts": {"files": 1, "bytes": 1, "pending_uploads": 0},
        }
    ]
    assert held() == ONE + ONE


def test_a_pending_upload_is_reported_with_its_place(run: Run) -> None:
    fields = {"status": Status.PENDING, "multipart_id": "m", "bytes": 5}
    remove_as_ttl_does(lasting(1, None, **fields))
    (finding,) = miscounted(run())
    assert finding["counts"] == {"files": 1, "bytes": 5, "pending_uploads": 1}


def test_an_account_that_counts_for_too_little_is_reported_too(run: Run) -> None:
    lasting(1)
    count(Usage(files=-1, bytes=-1))
    (finding,) = miscounted(run())
    assert finding["counts"] == {"files": -1, "bytes": -1, "pending_uploads": 0}


def test_what_is_reported_taken_away_makes_it_right(run: Run) -> None:
    lasting(1)
    untold(2)
    (finding,) = miscounted(run())
    count(Usage() - Usage(**finding["counts"]))
    assert held() == ONE
    assert miscounted(run()) == []


def test_an_account_that_changes_while_it_is_looked_at_is_passed_over(run: Run) -> None:
    untold(1)
    with just_before("dynamodb.Query", lambda: lasting(2)):
        assert miscounted(run(position=["usage", None])) == []
    assert len(miscounted(run())) == 1


def test_a_removal_that_is_told_a_moment_later_is_not_reported(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = untold(1)
    monkeypatch.setattr(recounting, "sleep", lambda _: reap(late))
    assert miscounted(run()) == []
    assert held() == Usage()


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
