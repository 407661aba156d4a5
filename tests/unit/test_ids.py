"""Identifiers sort by time, and nothing else is taken for one."""

from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.ids import FILE_ID_PREFIX, file_id, new_ulid, parse_id

NOW_MS = 1_770_000_000_000


@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_ids_sort_by_creation_time(gap_ms: int, since_ms: int) -> None:
    first, second = new_ulid(NOW_MS + since_ms), new_ulid(NOW_MS + since_ms + gap_ms)
    assert len(first) == 26
    assert first < second


def test_two_ids_of_the_same_millisecond_differ() -> None:
    assert len({new_ulid(NOW_MS) for _ in range(1_000)}) == 1_000


def test_an_id_is_read_back() -> None:
    ulid = new_ulid(NOW_MS)
    assert parse_id(file_id(ulid), FILE_ID_PREFIX) == ulid


@given(st.text(max_size=40))
def test_any_other_text_is_no_id(text: str) -> None:
    assert parse_id(text, FILE_ID_PREFIX) is None
    assert parse_id(FILE_ID_PREFIX + new_ulid(NOW_MS) + (text or "x"), FILE_ID_PREFIX) is None
