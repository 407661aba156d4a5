"""The version is written in three places, which agree."""

import json
import tomllib
from pathlib import Path

from lambdas.domain.version import VERSION

CLIENT = Path(__file__).parents[2] / "client"


def test_the_clients_packages_carry_the_services_version() -> None:
    python = tomllib.loads((CLIENT / "pyproject.toml").read_text())["project"]["version"]
    node = json.loads((CLIENT / "node" / "package.json").read_text())["version"]
    assert (python, node) == (VERSION, VERSION)
