"""The deployer's parameters: CDK context, typed, checked, with every default written here once.

`cdk deploy -c log_retention_days=90 -c allowed_origins=https://a.example,https://b.example`, or the
same names under "context" in cdk.json. The limits a client meets (lambdas/domain/limits.py) are
given by their own names in the same way. `python -m infra.config` prints the table for the README.
"""

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_cdk.aws_logs import RetentionDays

from lambdas.domain.limits import Limits

EMULATOR_API_ID = "11ee6a7e"
"""Eight hex digits, so that the local base URL is the same after every deployment."""

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
"""The periods CloudWatch Logs has."""

NOT_OURS = re.compile(r"[:@]|^acknowledged-issue-numbers$")
"""Context that belongs to the CDK itself: its flags and cached look-ups carry one of these."""


class ConfigError(ValueError):
    """A parameter that cannot be deployed; the message is one line that says what to do."""


def _choice(*choices: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value in choices:
            return str(value)
        raise ValueError(f"one of {', '.join(choices)}")

    return parse


def _whole(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise ValueError(f"a whole number from {low} to {high}")

    return parse


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


def _text(pattern: str, shape: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if re.fullmatch(pattern, str(value)):
            return str(value)
        raise ValueError(shape)

    return parse


def _log_days(value: Any) -> int:
    if value in LOG_RETENTION_DAYS and not isinstance(value, bool):
        return int(value)
    raise ValueError(f"one of CloudWatch's periods: {', '.join(map(str, LOG_RETENTION_DAYS))}")


def _origins(value: Any) -> tuple[str, ...]:
    origins = tuple(value) if isinstance(value, list) else tuple(str(value).split(","))
    if all(isinstance(o, str) and re.fullmatch(r"\*|https?://[^/\s*'\"]+", o) for o in origins):
        return origins
    raise ValueError("origins such as https://app.example.com, without a path, or *")


def _parameter(default: Any, parse: Callable[[Any], Any], meaning: str) -> Any:
    return field(default=default, metadata={"parse": parse, "meaning": meaning})


@dataclass(frozen=True)
class Config:
    """What a deployment is made of. Every field but the last two is a context parameter."""

    target: str = _parameter(
        "aws", _choice("aws", "local"), "`local` sets the defaults that the emulator needs"
    )
    stack_name: str = _parameter(
        "Linegate",
        _text(r"[A-Za-z][A-Za-z0-9-]{0,23}", "a letter, then up to 23 letters, digits, hyphens"),
        "several deployments in one account need a name each",
    )
    removal_policy: str = _parameter(
        "retain",
        _choice("retain", "destroy"),
        "of tables, bucket and logs when the stack goes; `destroy` also lifts the tables' deletion "
        "protection, and the bucket must be emptied first",
    )
    architecture: str = _parameter(
        "arm64",
        _choice("arm64", "x86_64", "host"),
        "of the functions; `host` is this machine's, for an emulator without containers",
    )
    log_retention_days: int = _parameter(30, _log_days, "how long all logs are kept")
    log_level: str = _parameter(
        "INFO", _choice("DEBUG", "INFO", "WARNING", "ERROR"), "of the functions"
    )
    access_logs: bool = _parameter(
        False,
        _switch,
        "a log line for each request, refused ones too; the region's API Gateway account setting "
        "must name a role that may write logs",
    )
    domain_name: str | None = _parameter(
        None,
        _text(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", "a name such as files.example.com"),
        "a custom domain (TLS 1.2 or newer); its DNS record must point at the output DomainTarget",
    )
    certificate_arn: str | None = _parameter(
        None,
        _text(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/\S+", "an ACM certificate's ARN"),
        "its certificate, in the stack's own region",
    )
    allowed_origins: tuple[str, ...] = _parameter(
        (), _origins, "browsers' origins for CORS, on the API and the bucket"
    )
    authorizer_cache_s: int = _parameter(
        60,
        _whole(0, 3_600),
        "how long the gateway trusts a key unasked: a revoked one lives so long",
    )
    throttle_rate: int = _parameter(100, _whole(1, 10_000), "requests a second, of all callers")
    throttle_burst: int = _parameter(200, _whole(1, 5_000), "requests at once, of all callers")
    finalizer_concurrency: int = _parameter(10, _whole(2, 1_000), "files checked at the same time")
    api_id: str | None = _parameter(
        None, _text(r"[0-9a-f]{8}", "eight hex digits"), "the API's id in the emulator; local only"
    )
    local_endpoint: str = _parameter(
        "http://127.0.0.1:4566",
        _text(r"https?://[^/\s]+", "an address such as http://127.0.0.1:4566"),
        "where the emulator listens; local only",
    )
    limits: Limits = field(default_factory=Limits)
    limit_changes: Mapping[str, object] = field(default_factory=dict)
    """The limits that differ from their defaults, as the functions are told of them."""

    @property
    def retained(self) -> bool:
        return self.removal_policy == "retain"

    @property
    def local(self) -> bool:
        return self.target == "local"

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> "Config":
        """The parameters in a CDK context. Raises ConfigError for an unknown or a bad one. Pure.

        Values from the command line are strings, those from cdk.json of their own type.
        """
        given = {k: _typed(v) for k, v in context.items() if not NOT_OURS.search(k)}
        names = {f.name for f in parameters()}
        own = {k: given.pop(k) for k in sorted(given) if k in names}
        if own.get("target") == "local":
            own = LOCAL_DEFAULTS | own
        limits, limit_changes = _limits(given)
        config = cls(
            **{f.name: _parsed(f, own[f.name]) for f in parameters() if f.name in own},
            limits=limits,
            limit_changes=limit_changes,
        )
        if (config.domain_name is None) != (config.certificate_arn is None):
            raise ConfigError("domain_name and certificate_arn belong together: give both or none")
        if config.api_id and not config.local:
            raise ConfigError("api_id is for the emulator only: give it with target=local, or not")
        return config


LOCAL_DEFAULTS = {
    "architecture": "host",
    "removal_policy": "destroy",
    "api_id": EMULATOR_API_ID,
}


def parameters() -> "list[dataclasses.Field[Any]]":
    """The fields of Config that a deployer gives, in the order of the README's table."""
    return [f for f in dataclasses.fields(Config) if f.metadata]


def _typed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _parsed(parameter: "dataclasses.Field[Any]", value: Any) -> Any:
    try:
        return parameter.metadata["parse"](value)
    except ValueError as wanted:
        raise ConfigError(f"{parameter.name} must be {wanted}, not {value!r}") from None


def _limits(given: Mapping[str, Any]) -> tuple[Limits, dict[str, object]]:
    """Limits from what is left of the context; a string stands for a list of its words."""
    defaults = limit_defaults()
    changes: dict[str, object] = {}
    for name, value in given.items():
        if name not in defaults:
            known = ", ".join(sorted({f.name for f in parameters()} | set(defaults)))
            raise ConfigError(f"there is no parameter {name!r}; there are: {known}")
        words = isinstance(value, str) and isinstance(defaults[name], tuple)
        changes[name] = value.split(",") if words else value
    try:
        return Limits.changed(changes), changes
    except ValueError as error:
        raise ConfigError(str(error)) from None


def limit_defaults() -> dict[str, object]:
    """Every limit by the name a deployer gives it, with its default."""
    own = dataclasses.asdict(Limits())
    check: dict[str, object] = own.pop("check")
    return own | check
