"""Pages of `GET /files`: order, cursors, and what is left out."""

import time

import pytest

from lambdas.domain.file import FileRecord, Status
from lambdas.domain.ids import file_id
from lambdas.domain.keys import FileKey
from lambdas.stores import file_table
from tests.integration.lines import requests
from tests.integration.service import ACCOUNT, Service, recorded_calls


def put(number: int, status: Status = Status.PROCESSED, lives_s: int = 600, **fields: str) -> str:
    """A record made directly, as if its file had been uploaded `number` ms after the first."""
    now = int(time.time())
    ulid = f"01JD0000{number:02d}0000000000000000"
    record = FileRecord(
        key=FileKey(ACCOUNT, ulid),
        status=status,
        filename=f"{number}.jsonl",
        purpose=fields.get("purpose", "batch"),
        bytes=10,
        created_at=now - 3_600,
        expires_at=now + lives_s,
        retention_s=7_200,
    )
    file_table.begin(record)
    return file_id(ulid)


def listed(service: Service, query: str = "") -> list[str]:
    return [file["id"] for file in service.get(f"/files{query}").json["data"]]


def test_an_account_without_files_lists_none(service: Service) -> None:
    assert service.get("/files").json == {
        "object": "list",
        "data": [],
        "first_id": "",
        "last_id": "",
        "has_more": False,
    }


def test_files_come_oldest_first_or_newest_first_when_asked(service: Service) -> None:
    ids = [put(n) for n in range(5)]
    assert listed(service) == ids
    assert listed(service, "?order=asc") == ids
    assert listed(service, "?order=desc") == ids[::-1]


@pytest.mark.parametrize(("query", "count"), [("", 20), ("?limit=100", 25), ("?limit=1", 1)])
def test_a_page_has_as_many_files_as_asked_for(service: Service, query: str, count: int) -> None:
    ids = [put(n) for n in range(25)]
    page = service.get(f"/files{query}").json
    assert [file["id"] for file in page["data"]] == ids[:count]
    assert page["has_more"] is (count < 25)
    assert (page["first_id"], page["last_id"]) == (ids[0], ids[count - 1])


def test_has_more_is_false_when_the_page_ends_with_the_last_file(service: Service) -> None:
    for n in range(3):
        put(n)
    assert service.get("/files?limit=3").json["has_more"] is False
    assert service.get("/files?limit=2").json["has_more"] is True


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_cursor_walks_every_file_once(service: Service, order: str) -> None:
    ids = {put(n) for n in range(7)}
    seen: list[str] = []
    after = ""
    while True:
        page = service.get(f"/files?limit=3&order={order}{after}").json
        seen += [file["id"] for file in page["data"]]
        if not page["has_more"]:
            break
        after = f"&after={page['last_id']}"
    assert len(seen) == 7
    assert set(seen) == ids


def test_the_cursor_works_when_its_file_is_gone(service: Service) -> None:
    ids = [put(n) for n in range(4)]
    service.delete(f"/files/{ids[1]}")
    assert listed(service, f"?after={ids[1]}") == ids[2:]


def test_pending_cancelled_and_expired_records_are_not_listed(service: Service) -> None:
    put(0, Status.PENDING)
    put(1, Status.CANCELLED)
    put(2, lives_s=0)
    shown = [put(3, Status.UPLOADED), put(4), put(5, Status.ERROR), put(6, lives_s=60)]
    assert listed(service) == shown


def test_a_page_is_filled_past_records_that_are_left_out(service: Service) -> None:
    for n in range(30):
        put(n, Status.PENDING)
    shown = [put(n) for n in range(30, 33)]
    page = service.get("/files?limit=2").json
    assert [file["id"] for file in page["data"]] == shown[:2]
    assert page["has_more"] is True


def test_files_can_be_listed_by_purpose(service: Service) -> None:
    batch, output = put(0), put(1, purpose="batch_output")
    assert listed(service, "?purpose=batch") == [batch]
    assert listed(service, "?purpose=batch_output") == [output]


def test_a_purpose_that_no_file_has_lists_none(service: Service) -> None:
    put(0)
    page = service.get("/files?purpose=fine-tune")
    assert (page.status, page.json["data"], page.json["has_more"]) == (200, [], False)


def test_a_trailing_slash_in_the_query_is_forgiven(service: Service) -> None:
    ids = [put(n) for n in range(3)]
    assert listed(service, "?limit=2/") == ids[:2]
    assert [file["id"] for file in service.get("/files/?limit=20/").json["data"]] == ids


def test_a_page_costs_one_query(service: Service) -> None:
    for n in range(21):
        put(n)
    with recorded_calls() as calls:
        service.get("/files")
    assert calls == ["dynamodb.Query"]


def test_an_expired_file_reads_as_absent_before_any_ttl_has_run(service: Service) -> None:
    expired = put(0, lives_s=0)
    for path in ("", "/content", "/validation"):
        assert service.get(f"/files/{expired}{path}").status == 404
    assert service.delete(f"/files/{expired}").status == 404
    alive = put(1, lives_s=60)
    assert service.get(f"/files/{alive}").status == 200


def test_an_unfinished_upload_is_not_a_file(service: Service) -> None:
    pending = put(0, Status.PENDING)
    for path in ("", "/content", "/validation"):
        assert service.get(f"/files/{pending}{path}").status == 404
    assert service.delete(f"/files/{pending}").status == 404


def test_the_report_of_a_file_not_yet_checked_is_a_404(service: Service) -> None:
    assert service.get(f"/files/{put(0, Status.UPLOADED)}/validation").status == 404


def test_a_created_file_is_listed_at_once(service: Service) -> None:
    created = service.create_file(requests(1)).json
    assert service.get("/files").json["data"] == [created]
