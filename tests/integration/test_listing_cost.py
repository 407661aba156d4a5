"""What a page costs, by the records that are in front of it: queries, and records that are read.

moto ends a Query at 1 MB of items, as DynamoDB does.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from moto.dynamodb.models import dynamodb_backends

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.domain.limits import Limits
from lambdas.domain.requests import PageQuery
from lambdas.stores import file_pages
from lambdas.stores.file_item import file_item
from tests.integration.conftest import REGION
from tests.integration.service import ACCOUNT, Service

QUOTA = Limits().account_files
MOST_QUERIES = 25
S3_UPLOAD_ID = "m" * 128
"""About as long as S3's are."""


def record(number: int, **fields: Any) -> FileRecord:
    """A checked file, with all that a file that was uploaded in parts carries."""
    now = int(time.time())
    usual = FileRecord(
        key=FileKey(ACCOUNT, f"01JD{number:022d}"),
        status=Status.PROCESSED,
        filename=f"requests-2026-11-{number:010d}.jsonl",
        purpose="batch",
        bytes=209_715_200,
        created_at=now - 3_600,
        expires_at=now + 3_600,
        retention_s=604_800,
        line_count=50_000,
        multipart_id=S3_UPLOAD_ID,
        part_bytes=8_388_608,
        md5="d" * 32,
        sha256="e" * 64,
    )
    return replace(usual, **fields)


def put_all(records: Iterator[FileRecord]) -> None:
    """Straight into moto's table: 50,000 requests would take minutes."""
    table = dynamodb_backends["123456789012"][REGION].get_table(settings.files_table())
    for each in records:
        table.put_item(file_item(each))


@contextmanager
def counted_queries(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The records that each Query read, filtered ones included."""
    read: list[int] = []
    real = clients.dynamodb().query

    def query(**request: Any) -> Any:
        answer = real(**request)
        read.append(answer["ScannedCount"])
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(clients.dynamodb(), "query", query)
        yield read


@pytest.fixture
def now() -> int:
    return int(time.time())


@pytest.mark.parametrize("purpose", [None, "batch"])
def test_a_page_that_nothing_is_filtered_out_of_costs_one_query_and_one_record_more(
    service: Service, monkeypatch: pytest.MonkeyPatch, now: int, purpose: str | None
) -> None:
    put_all(record(n) for n in range(300))
    with counted_queries(monkeypatch) as read:
        found, more = file_pages.list_files(ACCOUNT, PageQuery(20, purpose=purpose), now)
    assert (len(found), more) == (20, True)
    assert read == [21]


def test_one_file_of_another_purpose_behind_800_costs_three_queries(
    service: Service, monkeypatch: pytest.MonkeyPatch, now: int
) -> None:
    put_all(record(n) for n in range(800))
    put_all(iter([record(800, purpose="batch_output")]))
    with counted_queries(monkeypatch) as read:
        found, more = file_pages.list_files(ACCOUNT, PageQuery(1, purpose="batch_output"), now)
    assert [each.key.ulid[-3:] for each in found] == ["800"]
    assert not more
    assert len(read) == 3
    assert sum(read) == 801


HIDDEN: tuple[dict[str, Any], ...] = (
    {"expires_at": 1},
    {"status": Status.CANCELLED},
    {"status": Status.PENDING},
    {"purpose": "batch_output"},
)


@pytest.mark.parametrize("hidden", HIDDEN, ids=["expired", "cancelled", "pending", "purpose"])
def test_a_page_is_filled_past_any_record_that_is_left_out(
    service: Service, now: int, hidden: dict[str, Any]
) -> None:
    put_all(record(n, **hidden) for n in range(240))
    put_all(record(240 + n) for n in range(3))
    found, more = file_pages.list_files(ACCOUNT, PageQuery(2, purpose="batch"), now)
    assert [each.key for each in found] == [record(240).key, record(241).key]
    assert more


def test_pages_behind_a_full_quota_cost_25_queries_at_most(
    service: Service, monkeypatch: pytest.MonkeyPatch, now: int
) -> None:
    """Seen with 6,000 records in front: two small queries, then some 2,200 records each."""
    put_all(record(n, **HIDDEN[n % 2]) for n in range(6_000))
    put_all(record(6_000 + n) for n in range(3))
    put_all(iter([record(6_003, status=Status.PENDING)]))
    with counted_queries(monkeypatch) as read:
        files, more = file_pages.list_files(ACCOUNT, PageQuery(2, purpose="batch"), now)
    assert [each.key for each in files] == [record(6_000).key, record(6_001).key]
    assert more
    assert read[:2] == [3, 30]
    assert read[2] * (MOST_QUERIES - 2) >= QUOTA
    with counted_queries(monkeypatch) as read:
        uploads, more = file_pages.list_pending(ACCOUNT, PageQuery(20), now)
    assert [each.key for each in uploads] == [record(6_003).key]
    assert not more
    assert read[2] * (MOST_QUERIES - 2) >= QUOTA
