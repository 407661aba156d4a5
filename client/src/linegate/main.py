"""The `linegate` command."""

import argparse
import io
import os
import sys

from . import check_command
from .check_command import UNREADABLE

INTERRUPTED = 128 + 2
"""What shells make of SIGINT."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command line; return its exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name need not fit the encoding
    try:
        status = check(given[1:]) if given[:1] == ["check"] else command(given)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough. Python would complain once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREADABLE
    return status


def check(arguments: list[str]) -> int:
    """Apart from the other commands: it needs nothing of what has to be installed for them."""
    parser = argparse.ArgumentParser(prog="linegate")
    check_command.add_to(parser.add_subparsers(required=True))
    options = parser.parse_args(["check", *arguments])
    status: int = options.run(options)
    return status


def command(arguments: list[str]) -> int:
    """Any command. Those that Typer cannot parse end with its status 2."""
    from .command_line import app

    try:
        app(arguments, prog_name="linegate")
    except SystemExit as end:
        return int(end.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
