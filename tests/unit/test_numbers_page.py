"""docs/numbers.md is made of figures that were kept, each with its command."""

import importlib
import json

import pytest

from benchmarks.figures import COMMANDS, FIGURES
from docgen import numbers_page

KEPT = json.loads(FIGURES.read_text())


@pytest.mark.parametrize("name", KEPT)
def test_a_section_has_its_command_date_commit_and_machine(name: str) -> None:
    section = KEPT[name]
    page = numbers_page.page({name: section})
    for told in ("command", "date", "commit", "machine"):
        assert section[told]
        assert str(section[told]) in page


def test_every_benchmark_has_a_section_and_can_be_run() -> None:
    assert [*numbers_page.SECTIONS] == [*COMMANDS]
    for command in COMMANDS.values():
        assert importlib.util.find_spec(command.split()[0])


def test_no_path_of_the_machine_is_kept() -> None:
    commands = [section["command"] for section in KEPT.values()]
    assert not [command for command in commands if "/" in command]


def test_what_is_not_measured_is_not_shown() -> None:
    assert numbers_page.page({}) == numbers_page.HEAD + "\n"
    assert numbers_page.quoted({}) == ""
