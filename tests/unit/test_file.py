"""The life of a file, and the keys it lies under."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.file import LISTED, TRANSITIONS, FileRecord, Status, states_before
from lambdas.domain.keys import DAY_S, FileKey, object_key, parse_object_key
from lambdas.domain.limits import MAX_RETENTION_S, MIN_RETENTION_S
from lambdas.stores.file_item import file_item, file_record

KEY = FileKey("acme", "01JD0000000000000000000000")
RECORD = FileRecord(KEY, Status.PENDING, "in.jsonl", "batch", 7, 1_000, 2_000, 3_600)


def test_the_states_a_record_can_go_through() -> None:
    assert states_before(Status.UPLOADED) == {Status.PENDING}
    assert states_before(Status.PROCESSED) == {Status.PENDING, Status.UPLOADED}
    assert states_before(Status.ERROR) == {Status.PENDING, Status.UPLOADED}
    assert states_before(Status.CANCELLED) == {Status.PENDING}
    assert states_before(Status.PENDING) == frozenset()


def test_every_state_has_its_row() -> None:
    assert set(TRANSITIONS) == set(Status)


@pytest.mark.parametrize("status", list(Status))
def test_a_record_is_a_file_once_its_bytes_are_in(status: Status) -> None:
    assert replace(RECORD, status=status).is_file is (status in LISTED)


@given(st.integers(MIN_RETENTION_S, MAX_RETENTION_S))
def test_a_retention_folder_never_ends_before_the_retention(retention_s: int) -> None:
    key = object_key(KEY, retention_s)
    days = int(key.split("/")[1])
    assert 1 <= days <= 30
    assert (days - 1) * DAY_S < retention_s <= days * DAY_S
    assert parse_object_key(key) == KEY


@pytest.mark.parametrize(
    ("retention_s", "folder"),
    [(3_600, "01"), (DAY_S, "01"), (DAY_S + 1, "02"), (7 * DAY_S, "07"), (30 * DAY_S, "30")],
)
def test_the_retention_folder_at_its_bounds(retention_s: int, folder: str) -> None:
    assert object_key(KEY, retention_s) == f"files/{folder}/acme/{KEY.ulid}"


@pytest.mark.parametrize("key", ["parts/acme/x/y", "files/07/acme", "files/07/a/b/c", "", "/"])
def test_an_object_that_is_not_a_files_names_none(key: str) -> None:
    assert parse_object_key(key) is None


@given(
    st.builds(
        replace,
        st.just(RECORD),
        status=st.sampled_from(Status),
        filename=st.text(min_size=1),
        bytes=st.integers(0, 1 << 40),
        line_count=st.none() | st.integers(0, 50_000),
        status_details=st.none() | st.text(min_size=1),
        multipart_id=st.none() | st.text(min_size=1),
    )
)
def test_a_record_comes_back_from_its_item_as_it_was(record: FileRecord) -> None:
    assert file_record(file_item(record)) == record
