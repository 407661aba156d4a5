"""The index of unchecked files: what is in it, and what a look through it costs."""

import time
from dataclasses import replace
from typing import Any

import pytest
from moto.dynamodb.models import dynamodb_backends

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FILE_PREFIX, SORT_KEY, UNCHECKED_INDEX, UNCHECKED_SHARDS, FileKey
from lambdas.handlers import finalizer
from lambdas.stores import file_table, table_inventory
from lambdas.stores.file_item import file_item
from tests.integration.conftest import REGION
from tests.integration.lines import requests
from tests.integration.recorded import created
from tests.integration.service import Context, Service
from tests.integration.stored import ULID, remove_as_ttl_does, stored


def indexed() -> set[str]:
    """The ULIDs in the index."""
    items = clients.dynamodb().scan(TableName=settings.files_table(), IndexName=UNCHECKED_INDEX)
    return {item[SORT_KEY]["S"].removeprefix(FILE_PREFIX) for item in items["Items"]}


def walk(created_by: int, now: int) -> list[table_inventory.TablePage]:
    pages = [table_inventory.unchecked_page(None, created_by, now)]
    while pages[-1].cursor is not None:
        pages.append(table_inventory.unchecked_page(pages[-1].cursor, created_by, now))
    return pages


def put_all(template: FileRecord, count: int, **fields: Any) -> None:
    """Straight into moto's table, which is faster."""
    table = dynamodb_backends["123456789012"][REGION].get_table(settings.files_table())
    for number in range(count):
        key = FileKey(template.key.account, f"{template.status[:2].upper()}{number:024d}")
        table.put_item(file_item(replace(template, key=key, **fields)))


def test_a_completed_upload_is_in_the_index_until_its_verdict(service: Service) -> None:
    pending = stored(requests(1), Status.PENDING)
    assert indexed() == set()
    record = file_table.enter(pending, Status.UPLOADED, int(time.time()))
    assert indexed() == {ULID}
    finalizer.handler(created(record.object_key), Context())
    assert file_table.get_file(record.key, 0).status is Status.PROCESSED
    assert indexed() == set()


def test_a_file_whose_check_comes_first_is_never_in_the_index(service: Service) -> None:
    pending = stored(requests(1), Status.PENDING)
    finalizer.handler(created(pending.object_key), Context())
    assert file_table.get_file(pending.key, 0).status is Status.PROCESSED
    assert indexed() == set()


def test_neither_a_direct_file_nor_a_cancelled_upload_is_in_the_index(service: Service) -> None:
    service.create_file(requests(1))
    file_table.enter(stored(None, Status.PENDING), Status.CANCELLED, int(time.time()))
    assert indexed() == set()


def test_a_file_that_goes_unchecked_leaves_the_index(service: Service) -> None:
    remove_as_ttl_does(stored(None))
    assert indexed() == set()


def test_a_look_reads_unchecked_files_alone(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One query for each partition of the index, however many files are checked."""
    record = stored(None)
    put_all(replace(record, status=Status.PROCESSED), 300)
    read: list[int] = []
    real = clients.dynamodb().query

    def query(**request: Any) -> Any:
        answer = real(**request)
        read.append(answer["ScannedCount"])
        return answer

    monkeypatch.setattr(clients.dynamodb(), "query", query)
    (page,) = walk(record.created_at, record.created_at)
    assert [file.key for file in page.files] == [record.key]
    assert (len(read), sum(read)) == (len(UNCHECKED_SHARDS), 1)


def test_every_unchecked_file_is_found_once_over_many_pages(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_inventory, "PAGE", 2)
    template = replace(stored(None), created_at=1_000)
    put_all(template, 64)
    pages = walk(1_000, 1_001)
    assert {len(page.files) for page in pages[:-1]} == {2}
    found = [file for page in pages for file in page.files]
    assert len(found) == len({file.key for file in found}) == 64
    (first, *_) = (file for file in found if file.key.ulid.startswith("UP"))
    assert first.object_key == replace(template, key=first.key).object_key
    assert (first.status, first.bytes) == (Status.UPLOADED, template.bytes)


def test_files_that_are_too_young_or_expired_are_passed_over(service: Service) -> None:
    record = stored(None)
    for created_by, now, count in (
        (record.created_at - 1, record.created_at, 0),
        (record.created_at, record.expires_at, 0),
        (record.created_at, record.expires_at - 1, 1),
    ):
        assert sum(len(page.files) for page in walk(created_by, now)) == count
