"""python -m local start | up | down: the commands behind make start, make up and make down."""

import argparse
import signal
import sys
import time
from typing import NoReturn

from local import emulator, request_log, service, stack
from local.layout import DEFAULT_PORT
from local.stack import Stack
from local.trouble import Trouble

WELCOME = """
  Linegate is up, on this machine only.

    base URL   {base_url}
    API key    {api_key}

  Try it, in another terminal:

    echo '{{"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": \
{{"model": "m", "messages": [{{"role": "user", "content": "Hello"}}]}}}}' > sample.jsonl
    curl {base_url}/files \\
      -H "Authorization: Bearer {api_key}" \\
      -F purpose=batch -F file=@sample.jsonl
"""


def start(port: int) -> None:
    """Bring the service up, show its requests until interrupted, and leave nothing running."""
    running = stack.last()
    if running and running.running:
        print(WELCOME.format_map(vars(service.refresh(running, say=print))))
        print("  It was up already and stays so: make down ends it. Requests, until Ctrl-C:\n")
        request_log.show()
    began = time.monotonic()
    running = service.bring_up(port, attached=True, say=print)
    try:
        print(WELCOME.format_map(vars(running)))
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


def up(port: int) -> None:
    """Bring the service up in the background, if it is not there already."""
    running = stack.last()
    if running and running.running:
        running = service.refresh(running, say=print)
    else:
        running = service.bring_up(port, attached=False, say=print)
    print(WELCOME.format_map(vars(running)))
    print("  make down ends it.")


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
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("command", choices=("start", "up", "down"))
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="default %(default)s")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        match arguments.command:
            case "start":
                start(arguments.port)
            case "up":
                up(arguments.port)
            case "down":
                down()
    except Trouble as trouble:
        print(f"linegate: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if arguments.command == "start" else 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
