"""How deep a line is: counted, peeled or measured, the answer is the same."""

import pytest

from linegate.jsonl.strict import PEELINGS, is_shallow


def nested(levels: int, siblings: int) -> bytes:
    """Objects and arrays in turn, `levels` deep, beside many that are two deep."""
    opening = b"".join(b"[" if level % 2 else b'{"k":' for level in range(levels))
    closing = b"".join(b"]" if level % 2 else b"}" for level in reversed(range(levels)))
    return b"[" + b'{"a":[]},' * siblings + opening + b"0" + closing + b"]"


@pytest.mark.parametrize("siblings", [0, 1_000])
@pytest.mark.parametrize("depth", [4, 2 * PEELINGS - 1, 2 * PEELINGS, 2 * PEELINGS + 1, 256])
def test_a_line_is_shallow_up_to_the_limit_and_not_beyond(depth: int, siblings: int) -> None:
    assert is_shallow(nested(depth - 1, siblings), depth)
    assert not is_shallow(nested(depth, siblings), depth)


@pytest.mark.parametrize(
    "inside", [b"[" * 500, b'\\"[' * 500, b"\\\\", b'\\\\\\"{{' * 500, b"]" * 500]
)
def test_brackets_in_strings_do_not_count(inside: bytes) -> None:
    assert is_shallow(b'{"a":"' + inside + b'","b":[[0]]}' + b"[]" * 100, 4)


@pytest.mark.parametrize("brackets", [b"[}" * 300, b"]" * 300, b"][" * 300, b"{]" * 3 + b"[" * 9])
def test_brackets_that_do_not_match_are_counted_one_by_one(brackets: bytes) -> None:
    deepest = {b"[}": 1, b"]]": 0, b"][": 0, b"{]": 9}[brackets[:2]]
    assert is_shallow(brackets, deepest or 1)
    assert deepest == 0 or not is_shallow(brackets, deepest - 1)
