"""How a command ends: with an exit status and at most a line or two, never with a traceback.

| status | meaning                                                        |
|--------|----------------------------------------------------------------|
| 0      | done                                                           |
| 1      | a file is not valid                                            |
| 2      | wrong usage, or a local file cannot be used                    |
| 3      | no API key, or the service rejects it                          |
| 4      | the service has no such file                                   |
| 5      | the service cannot be reached, fails, or refuses a request     |
| 130    | interrupted                                                    |

    Failure
    ├── Invalid        1
    ├── LocalFailure   2
    ├── NoAccess       3
    ├── NotThere       4
    └── ServiceFailure 5, also where a request is refused that should not have been made
"""

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import ClassVar, ParamSpec

import typer

from .terminal import note

P = ParamSpec("P")

DONE, INTERRUPTED = 0, 130

DEBUG = "LINEGATE_DEBUG"
"""Set to anything, it lets tracebacks through."""


class Failure(Exception):
    """Says in a sentence or two what went wrong, and what to do."""

    status: ClassVar[int]
    code: str = "failed"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code


class Invalid(Failure):
    status, code = 1, "invalid_file"


class LocalFailure(Failure):
    status, code = 2, "local_file"


class NoAccess(Failure):
    status, code = 3, "no_access"


class NotThere(Failure):
    status, code = 4, "not_found"


class ServiceFailure(Failure):
    status, code = 5, "service_failed"


def end_with_status(command: Callable[P, int]) -> Callable[P, None]:
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
                note(failure.message)
        except KeyboardInterrupt:
            status = INTERRUPTED
            note("interrupted. What was sent or fetched is kept: run the same command to resume.")
        except BrokenPipeError:
            status = end_broken_pipe()
        except Exception as error:
            if DEBUG in os.environ or isinstance(error, typer.Exit | typer.BadParameter):
                raise
            status = ServiceFailure.status
            note(f"something went wrong here: {error!r}. {DEBUG}=1 shows where.")
        raise typer.Exit(status)

    run.__annotations__["return"] = None
    return run


def end_broken_pipe() -> int:
    """The status, once whoever reads our output has enough: Python would complain when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return LocalFailure.status
