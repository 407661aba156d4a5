"""How a command ends: with an exit status and at most a line or two, never with a traceback."""

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer

from .check_command import UNREADABLE
from .commands.failures import INTERRUPTED, Failure, ServiceFailure

P = ParamSpec("P")
DEBUG = "LINEGATE_DEBUG"
"""Set to anything, it lets tracebacks through."""


def ended(command: Callable[P, int]) -> Callable[P, None]:
    """The command, which raises typer.Exit with its status."""

    @wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            status = command(*arguments, **options)
            sys.stdout.flush()
        except Failure as failure:
            status = failure.status
            if options.get("json"):
                error = {"message": failure.message, "code": failure.code}
                print(json.dumps({"error": error}, ensure_ascii=False))
            else:
                say(failure.message)
        except KeyboardInterrupt:
            status = INTERRUPTED
            say("interrupted. What was sent or fetched is kept: the same command goes on from it.")
        except BrokenPipeError:
            # Whoever read our output has enough. Python would complain once more when it exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            status = UNREADABLE
        except Exception as error:
            if DEBUG in os.environ or isinstance(error, typer.Exit | typer.BadParameter):
                raise
            status = ServiceFailure.status
            say(f"something went wrong here: {error!r}. {DEBUG}=1 shows where.")
        raise typer.Exit(status)

    run.__annotations__["return"] = None
    return run


def say(text: str) -> None:
    from .commands.terminal import printable

    print(f"linegate: {printable(text)}", file=sys.stderr)
