"""The plan of presigned parts, at every limit of S3 and one byte beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdas.domain.limits import GIB, MAX_OBJECT_BYTES, MIB, TIB
from lambdas.domain.part_plan import (
    MAX_PART_BYTES,
    MAX_PARTS,
    MIN_PART_BYTES,
    PART_BYTES,
    PRESIGNED_PARTS,
    FileTooLarge,
    part_bytes_for,
    plan_parts,
)

sizes = st.one_of(st.integers(1, 300 * MIB), st.integers(1, MAX_OBJECT_BYTES))


def plan(total_bytes: int) -> list[tuple[int, int]]:
    return [
        (part.number, part.bytes) for part in plan_parts(total_bytes, part_bytes_for(total_bytes))
    ]


@pytest.mark.parametrize(
    ("total_bytes", "parts"),
    [
        (1, [1]),
        (PART_BYTES - 1, [PART_BYTES - 1]),
        (PART_BYTES, [PART_BYTES]),
        (PART_BYTES + 1, [PART_BYTES, 1]),
        (2 * PART_BYTES - 1, [PART_BYTES, PART_BYTES - 1]),
        (2 * PART_BYTES, [PART_BYTES, PART_BYTES]),
    ],
)
def test_only_the_last_part_is_smaller(total_bytes: int, parts: list[int]) -> None:
    assert plan(total_bytes) == list(enumerate(parts, start=1))


def test_the_largest_file_of_the_contract_has_25_parts() -> None:
    assert len(plan(200 * MIB)) == 25


@pytest.mark.parametrize(
    ("total_bytes", "part_bytes", "count"),
    [
        (PRESIGNED_PARTS * PART_BYTES - 1, PART_BYTES, 1_000),
        (PRESIGNED_PARTS * PART_BYTES, PART_BYTES, 1_000),
        (PRESIGNED_PARTS * PART_BYTES + 1, PART_BYTES + MIB, 889),
        (PRESIGNED_PARTS * 5 * GIB - 1, 5 * GIB, 1_000),
        (PRESIGNED_PARTS * 5 * GIB, 5 * GIB, 1_000),
        (PRESIGNED_PARTS * 5 * GIB + 1, 5 * GIB, 1_001),
        (5 * TIB - 1, 5 * GIB, 1_024),
        (5 * TIB, 5 * GIB, 1_024),
    ],
)
def test_parts_grow_before_there_are_more_than_a_page_of_them(
    total_bytes: int, part_bytes: int, count: int
) -> None:
    assert part_bytes_for(total_bytes) == part_bytes
    assert len(plan_parts(total_bytes, part_bytes)) == count


@pytest.mark.parametrize("total_bytes", [-1, 0, 5 * TIB + 1])
def test_what_s3_cannot_join_has_no_plan(total_bytes: int) -> None:
    with pytest.raises(FileTooLarge):
        part_bytes_for(total_bytes)


@pytest.mark.parametrize(
    ("total_bytes", "part_bytes"),
    [
        (MAX_PARTS * PART_BYTES, PART_BYTES),
        (MAX_PARTS * PART_BYTES + 1, PART_BYTES + MIB),
    ],
)
def test_packed_parts_grow_at_the_most_that_s3_takes(total_bytes: int, part_bytes: int) -> None:
    assert part_bytes_for(total_bytes, MAX_PARTS) == part_bytes
    assert len(plan_parts(total_bytes, part_bytes)) <= MAX_PARTS


@given(sizes, st.sampled_from([PRESIGNED_PARTS, MAX_PARTS]))
def test_every_plan_is_one_that_s3_joins(total_bytes: int, most_parts: int) -> None:
    parts = plan_parts(total_bytes, part_bytes_for(total_bytes, most_parts))
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert sum(part.bytes for part in parts) == total_bytes
    assert len(parts) <= MAX_PARTS
    assert {part.bytes for part in parts[:-1]} <= {parts[0].bytes}
    assert all(MIN_PART_BYTES <= part.bytes <= MAX_PART_BYTES for part in parts[:-1])
    assert 1 <= parts[-1].bytes <= parts[0].bytes
