"""The version is written in lambdas/domain/version.py, and everything else reports that one."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from lambdas.domain.limits import Limits
from lambdas.domain.limits_wire import LimitsObject
from lambdas.domain.usage import Usage
from lambdas.domain.version import VERSION
from linegate.api_keys import Role

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "client"


def test_the_clients_packages_carry_the_services_version() -> None:
    python = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]["version"]
    node = json.loads((CLIENT / "node" / "package.json").read_text())["version"]
    assert (python, node) == (VERSION, VERSION), "run: make docs"


def test_the_command_line_reports_it() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "linegate", "--version"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == f"linegate {VERSION}\n"


def test_the_service_reports_it() -> None:
    limits = LimitsObject.of(Limits(), Role.CLIENT, Usage())
    document = json.loads((ROOT / "lambdas" / "openapi.json").read_text())
    assert (limits.version, document["info"]["version"]) == (VERSION, VERSION)


def test_the_changelog_has_it() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert any(heading.startswith(f"[{VERSION}] - ") for heading in headings) or (
        f"The next release is {VERSION}" in (ROOT / "CHANGELOG.md").read_text()
    )


def test_every_package_has_the_same_licence() -> None:
    for name in ("LICENSE", "NOTICE"):
        text = (ROOT / name).read_text()
        assert (CLIENT / name).read_text() == text
        assert (CLIENT / "node" / name).read_text() == text
    python = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]
    node = json.loads((CLIENT / "node" / "package.json").read_text())
    assert (python["license"], node["license"]) == ("Apache-2.0", "Apache-2.0")
    assert "Apache License" in (ROOT / "LICENSE").read_text()
