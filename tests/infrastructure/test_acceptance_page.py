"""docs/acceptance.md lists the rows of make accept, and the status codes that it ends with."""

import re

import pytest

from accept import __main__ as command
from accept.page import with_rows
from accept.promises import GROUPS, promises
from local.layout import ROOT

PAGE = (ROOT / "docs" / "acceptance.md").read_text()


def test_the_page_lists_every_promise() -> None:
    assert with_rows(PAGE) == PAGE, "run: make docs"


def test_the_page_lists_every_status() -> None:
    statuses = {command.HELD, command.NOT_HELD, command.USAGE, command.INTERRUPTED}
    assert {int(status) for status in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)} == statuses


def test_every_group_has_rows() -> None:
    assert {row.group for row in promises()} == set(GROUPS)


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no"):
        with_rows("# Title\n")
