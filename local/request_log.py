"""Shows each request to the API as a line: time, method, path, status, milliseconds, request id.

The lines come from the emulator's access log, because it has every answer: a function logs what it
handled, but the gateway refuses keys and routes, and answers tcp_warming, without one. What the
functions log besides (checks finished, errors with their traceback) is shown in between.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from local import function_log
from local.function_log import FunctionLog
from local.layout import ACCESS_LOG

POLL_S = 0.2
WATCH_S = 10
"""How long after a request the functions' logs are read: nothing happens by itself but expiry."""

GREEN, YELLOW, RED, DIM = "32", "33", "31", "2"


def show() -> None:
    """Print requests, and what the functions log, until interrupted."""
    functions = FunctionLog()
    watch_until = 0.0
    for request in requests():
        if request:
            print(shown(request, coloured=wants_colour()), flush=True)
            watch_until = time.monotonic() + WATCH_S
        elif time.monotonic() < watch_until:
            for line in functions.new_lines():
                print(f"{'':10}{function_log.shown(line)}", flush=True)


def requests() -> Iterator[dict[str, Any] | None]:
    """The requests from now on, for ever: the access log's lines, and None whenever it is idle."""
    with ACCESS_LOG.open() as log:
        log.seek(0, os.SEEK_END)
        line = ""
        while True:
            line += log.readline()
            if line.endswith("\n"):
                yield json.loads(line)
                line = ""
            else:
                time.sleep(POLL_S)
                yield None


def shown(request: dict[str, Any], *, coloured: bool) -> str:
    """One request as one line, with the time of day that it is now."""
    status = request["status"] or 0
    code = GREEN if 200 <= status < 400 else YELLOW if 400 <= status < 500 else RED
    number = f"\x1b[{code}m{status}\x1b[0m" if coloured else str(status)
    details = f"{request['duration_ms']:>6} ms  {request['request_id']}"
    if coloured:
        details = f"\x1b[{DIM}m{details}\x1b[0m"
    clock = time.strftime("%H:%M:%S")
    return f"{clock}  {request['method']:<6} {number}  {request['path']:<56} {details}"


def wants_colour() -> bool:
    """A terminal without NO_COLOR (no-color.org)."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
