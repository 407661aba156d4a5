"""What the functions say in their logs, besides the one line that each request has anyway."""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import boto3

from local.deployment import STACK_NAME

USUAL = {"level", "location", "message", "timestamp", "service", "exception", "xray_trace_id"}
UNPACKED = re.compile(r'(?<=File ")[^"]*/code/')
"""Where the emulator keeps a function while it runs: in a traceback, only what follows matters."""

USUAL_PREFIXES = ("function_", "cold_start", "exception_", "stack_trace", "request_id")


class FunctionLog:
    """Reads the log groups of the emulator that the environment points at, onwards from now."""

    def __init__(self) -> None:
        self._logs = boto3.client("logs")
        self._since_ms = int(time.time() * 1000)
        self._seen: set[tuple[str, str]] = set()

    def new_lines(self) -> Iterator[dict[str, Any]]:
        """The structured lines that came since the last call, in order, without the requests'."""
        events = [event for group in self._groups() for event in self._events(group)]
        for event in sorted(events, key=lambda event: event["timestamp"]):
            identity = event["logStreamName"], event["message"]
            if identity not in self._seen:
                self._seen.add(identity)
                line = _parse_record(event["message"])
                if line and line["message"] != "request":
                    yield line

    def _groups(self) -> list[str]:
        groups = self._logs.describe_log_groups()["logGroups"]
        return [group["logGroupName"] for group in groups if STACK_NAME in group["logGroupName"]]

    def _events(self, group: str) -> list[Any]:
        events = self._logs.filter_log_events(logGroupName=group, startTime=self._since_ms)
        return list(events["events"])


def _parse_record(message: str) -> dict[str, Any] | None:
    """A line of Powertools' logger; None for the runtime's own lines and for metrics."""
    try:
        line = json.loads(message)
    except ValueError:
        return None
    return line if isinstance(line, dict) and {"level", "message"} <= line.keys() else None


def shown(line: dict[str, Any]) -> str:
    """One log line for people: `finalizer INFO checked  file_id=…`, and any traceback below."""
    details = "  ".join(
        f"{name}={value}"
        for name, value in line.items()
        if name not in USUAL and not name.startswith(USUAL_PREFIXES)
    )
    text = f"{line.get('service', '')} {line['level']} {line['message']}  {details}".rstrip()
    traceback = UNPACKED.sub("", line.get("exception", ""))
    return "\n    ".join([text, *traceback.splitlines()])
