"""docs/security.md names tests, commands and parameters: they exist."""

import re

import pytest

from infra.config import limit_defaults, parameters
from local.layout import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
NAMED = sorted(set(re.findall(r"`([^`\n]+)`", PAGE)))


@pytest.mark.parametrize("path", [name for name in NAMED if name.startswith("tests/")])
def test_a_test_that_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("command", [name for name in NAMED if name.startswith("make ")])
def test_a_command_that_it_names_is_one(command: str) -> None:
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert command.removeprefix("make ") in targets


def test_a_parameter_that_it_names_is_one() -> None:
    known = {parameter.name for parameter in parameters()} | set(limit_defaults())
    named = {name for name in NAMED if re.fullmatch(r"[a-z]+(_[a-z]+)+", name)}
    assert named - known == {"batch_output"}  # a purpose
    assert {"account_rate", "firewall", "customer_key"} <= known
