"""docs/settings.md lists the settings that the stack has."""

from pathlib import Path

import pytest

from infra.config import limit_defaults
from infra.parameter_table import with_table
from lambdas.domain.limits import limit_fields

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_lists_every_setting_with_its_default() -> None:
    text = PAGE.read_text()
    assert text == with_table(text), "run: make docs"


def test_every_setting_that_is_a_limit_has_a_meaning() -> None:
    assert all(limit.metadata["meaning"] for limit in limit_fields())
    assert [limit.name for limit in limit_fields()] == list(limit_defaults())


def test_a_text_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no"):
        with_table("# Title\n")
