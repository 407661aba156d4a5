"""What a deployer's parameter may be: a default, its check, and one line for people. Pure.

A check takes the value as it was given and returns it typed; its ValueError says what is wanted.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import field
from typing import Any, NamedTuple

from aws_cdk.aws_logs import RetentionDays

LOG_RETENTION_DAYS = {
    days: RetentionDays[name]
    for name, days in (
        ("ONE_DAY", 1),
        ("THREE_DAYS", 3),
        ("FIVE_DAYS", 5),
        ("ONE_WEEK", 7),
        ("TWO_WEEKS", 14),
        ("ONE_MONTH", 30),
        ("TWO_MONTHS", 60),
        ("THREE_MONTHS", 90),
        ("FOUR_MONTHS", 120),
        ("SIX_MONTHS", 180),
        ("ONE_YEAR", 365),
        ("THIRTEEN_MONTHS", 400),
        ("EIGHTEEN_MONTHS", 545),
        ("TWO_YEARS", 731),
        ("FIVE_YEARS", 1827),
        ("TEN_YEARS", 3653),
    )
}
"""The retention periods that CloudWatch Logs supports."""


def choice(*choices: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value in choices:
            return str(value)
        raise ValueError(f"one of {', '.join(choices)}")

    return parse


def python(*versions: str) -> Callable[[Any], str]:
    """One of the versions or `host`. From the command line a version is a number: 3.13."""
    parse = choice(*versions, "host")
    return lambda value: parse(str(value))


def whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise ValueError(f"a whole number from {low} to {high}")

    return parse


def switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


def text(pattern: str, shape: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if re.fullmatch(pattern, str(value)):
            return str(value)
        raise ValueError(shape)

    return parse


def log_days(value: Any) -> int:
    if value in LOG_RETENTION_DAYS and not isinstance(value, bool):
        return int(value)
    raise ValueError(
        f"one of CloudWatch Logs' retention periods: {', '.join(map(str, LOG_RETENTION_DAYS))}"
    )


def origins(value: Any) -> tuple[str, ...]:
    origins = tuple(value) if isinstance(value, list) else tuple(str(value).split(","))
    if all(isinstance(o, str) and re.fullmatch(r"\*|https?://[^/\s*'\"]+", o) for o in origins):
        return origins
    raise ValueError("origins such as https://app.example.com, without a path, or *")


class RouteThrottle(NamedTuple):
    """Rate (requests per second) and burst of one route."""

    method: str
    path: str
    rate: int
    burst: int


def route_throttles(routes: Collection[str]) -> Callable[[Any], tuple[RouteThrottle, ...]]:
    """`POST /files=20:40,…`, or a list of such; each route one of those given, and only once."""

    def parse(value: Any) -> tuple[RouteThrottle, ...]:
        words = value if isinstance(value, list) else str(value).split(",")
        throttles = tuple(_route_throttle(str(word).strip(), routes) for word in words)
        if len({throttle[:2] for throttle in throttles}) < len(throttles):
            raise ValueError("one entry per route")
        return throttles

    return parse


def _route_throttle(word: str, routes: Collection[str]) -> RouteThrottle:
    found = re.fullmatch(r"(?P<route>[^=]+)=(?P<rate>\d{1,5}):(?P<burst>\d{1,5})", word)
    if not found or found["route"] not in routes:
        raise ValueError("routes with rate and burst, such as POST /files=20:40")
    method, path = found["route"].split(" ")
    return RouteThrottle(
        method, path, whole(1, 10_000)(int(found["rate"])), whole(1, 5_000)(int(found["burst"]))
    )


def parameter(default: Any, parse: Callable[[Any], Any], meaning: str) -> Any:
    return field(default=default, metadata={"parse": parse, "meaning": meaning})
