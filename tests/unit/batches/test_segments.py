"""Segments of a chunk, and their lines in the order of the input."""

from lambdas.domain.batch_results import Result
from lambdas.domain.segments import Line, join_segments, segment_of


def test_segments_that_overlap_are_joined_in_order() -> None:
    first = segment_of({2: Result(b"two", False), 0: Result(b"zero", False)})
    second = segment_of({1: Result(b"one", True), 499_999: Result(b"last", False)})
    found = list(join_segments([second.splitlines(keepends=True), first.splitlines(keepends=True)]))
    assert found == [
        Line(0, False, b"zero\n"),
        Line(1, True, b"one\n"),
        Line(2, False, b"two\n"),
        Line(499_999, False, b"last\n"),
    ]
