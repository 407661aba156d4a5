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
    parser = argparse.ArgumentParser(prog="linegate", description="Works with batch files.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    check_command.add_to(commands)
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # a name need not fit a terminal's encoding
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough. Python would complain once more when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREADABLE
    return status


if __name__ == "__main__":
    sys.exit(main())
