"""Processes that listen on 127.0.0.1 and end with the tests."""

import contextlib
import http.client
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.ports import HOST


class DidNotStart(Exception):
    """A server that is here ended, or did not answer; the message has the end of its output."""


@contextlib.contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], output: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that is killed in the end: what it keeps is thrown away anyway.

    Its standard input stays open as long as the tests live, for those that watch it.
    """
    with output.open("wb") as log:
        process = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_it_answers(
    port: int, path: str, process: "subprocess.Popen[bytes]", output: Path, timeout_s: float
) -> None:
    """Return once a GET is answered 200. Raises DidNotStart."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and process.poll() is None:
        if _answers(port, path):
            return
        time.sleep(0.1)
    raise DidNotStart(f"{process.args!r} did not start: {last_lines(output)}")


def last_lines(output: Path) -> str:
    return output.read_text(errors="replace")[-1000:]


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
