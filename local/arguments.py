"""What the commands are given: a port and settings, refused in one line where they cannot work."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from local.errors import LocalError
from local.layout import DEFAULT_PORT

OURS = frozenset({"target", "local_endpoint"})
"""Settings that follow from running here."""


@dataclass(frozen=True)
class Arguments:
    command: str
    port: int
    port_given: bool
    settings: Mapping[str, str]
    """The stack's, by name; checked."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise LocalError(f"{message}; see make help")


def parse(words: Sequence[str]) -> Arguments:
    """Raises LocalError."""
    parser = _Parser(prog="python -m local")
    parser.add_argument("command", choices=("start", "up", "down"))
    parser.add_argument("--port")
    parser.add_argument("-c", "--context", action="append", default=[], metavar="NAME=VALUE")
    found = parser.parse_args(words)
    if found.command == "down" and found.context:
        raise LocalError("make down takes no settings")
    return Arguments(
        found.command,
        DEFAULT_PORT if found.port is None else _port(found.port),
        found.port is not None,
        _settings(found.context),
    )


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535:
        return int(text)
    raise LocalError(f"PORT must be a number from 1 to 65535, not {text!r}")


def _settings(words: Sequence[str]) -> dict[str, str]:
    settings = {}
    for word in words:
        name, separator, value = word.partition("=")
        if not separator:
            raise LocalError(f"a setting is given as -c NAME=VALUE, not {word!r}")
        if name in OURS:
            raise LocalError(f"the setting {name!r} cannot be changed on this machine")
        settings[name] = value
    if settings:
        _check(settings)
    return settings


def _check(settings: Mapping[str, str]) -> None:
    """Imports the CDK, which takes a second: only where settings were given."""
    from infra.config import Config, ConfigError

    try:
        Config.from_context({"target": "local", **settings})
    except ConfigError as error:
        raise LocalError(str(error)) from None
