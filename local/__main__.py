"""python -m local start | up | down [--port PORT] [-c NAME=VALUE …]

The commands behind make start, make up and make down. A setting is a row of docs/settings.md.
"""

import signal
import sys
import time
from typing import NoReturn

from local import emulator, request_log, service, stack
from local.arguments import Arguments, parse
from local.errors import LocalError
from local.stack import Stack

WELCOME = """
  Linegate is up, on this machine only.

    base URL   {base_url}
    API key    {api_key}
{console}
  Try it, in another terminal:

    export LINEGATE_BASE_URL={base_url}
    export LINEGATE_API_KEY={api_key}
    echo '{{"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": \
{{"model": "m", "messages": [{{"role": "user", "content": "Hello"}}]}}}}' > sample.jsonl
    curl "$LINEGATE_BASE_URL/files" -H "Authorization: Bearer $LINEGATE_API_KEY" \\
      -F purpose=batch -F file=@sample.jsonl
"""

CONSOLE = "    console    {}\n"


def welcome(running: Stack) -> str:
    """What a person needs to begin."""
    console = CONSOLE.format(running.console_url) if running.console_url else ""
    return WELCOME.format(**vars(running), console=console)


def start(arguments: Arguments) -> None:
    """Bring the service up, show its requests until interrupted, and leave nothing running."""
    if running := _running(arguments):
        refreshed = service.refresh(running, arguments.settings, say=print)
        print(welcome(refreshed))
        print("  It was up already and stays so: make down ends it. Requests, until Ctrl-C:\n")
        request_log.show()
    began = time.monotonic()
    running = service.bring_up(arguments.port, arguments.settings, attached=True, say=print)
    try:
        print(welcome(running))
        seconds = time.monotonic() - began
        print(f"  Started in {seconds:.1f} s. Requests, until Ctrl-C ends it:\n", flush=True)
        request_log.show()
    finally:
        _end(running)


def _end(running: Stack) -> None:
    """Stop in order; a second Ctrl-C stops at once, at the price of what was stored."""
    print("\nStopping …", flush=True)
    try:
        service.bring_down(running)
    except KeyboardInterrupt:
        if running.pid is not None:
            emulator.kill(running.pid)
        stack.keep_stopped()


def up(arguments: Arguments) -> None:
    """Bring the service up in the background, if it is not there already."""
    if running := _running(arguments):
        running = service.refresh(running, arguments.settings, say=print)
    else:
        running = service.bring_up(arguments.port, arguments.settings, attached=False, say=print)
    print(welcome(running))
    print("  make down ends it.")


def _running(arguments: Arguments) -> Stack | None:
    """The stack that is up. Raises LocalError where another port was asked for."""
    running = stack.last()
    if not (running and running.running):
        return None
    if arguments.port_given and arguments.port != running.port:
        raise LocalError(
            f"the stack is already up on port {running.port}: run make down first, or set "
            "LINEGATE_RUN_FOLDER to another folder for a second stack"
        )
    return running


def down() -> None:
    """End the service, if it runs."""
    running = stack.last()
    if running and running.running:
        service.bring_down(running)
        print("Stopped. Its files and its key are there again the next time.")
    else:
        print("Nothing was running.")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> int:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    command = ""
    try:
        arguments = parse(sys.argv[1:])
        command = arguments.command
        match command:
            case "start":
                start(arguments)
            case "up":
                up(arguments)
            case "down":
                down()
    except LocalError as error:
        print(f"linegate: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if command == "start" else 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
