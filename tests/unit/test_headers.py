"""Names that a download is saved under, and URLs that stay short."""

from urllib.parse import quote

import pytest

from lambdas.domain.headers import SAVED_NAME_BYTES, content_disposition, saved_name
from lambdas.domain.limits import MAX_FILENAME_CHARS


@pytest.mark.parametrize("name", ["in.jsonl", "a" * 249 + ".jsonl", "名" * 85, ".jsonl", "x" * 255])
def test_a_name_that_file_systems_take_is_kept(name: str) -> None:
    assert saved_name(name) == name


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("a" * 250 + ".jsonl", "a" * 249 + ".jsonl"),
        ("名" * 255 + ".jsonl", "名" * 83 + ".jsonl"),
        ("x" * 300, "x" * 255),
        ("x." + "y" * 300, "x." + "y" * 253),
    ],
)
def test_a_longer_name_is_cut_between_characters_and_keeps_its_suffix(
    name: str, saved: str
) -> None:
    assert saved_name(name) == saved
    assert len(saved.encode()) <= SAVED_NAME_BYTES


def test_the_longest_name_makes_no_long_url() -> None:
    """The header is a parameter of the signed URL, so it is encoded once more there."""
    header = content_disposition("\U0001d48f" * MAX_FILENAME_CHARS)
    assert len(quote(header, safe="")) < 2_048
