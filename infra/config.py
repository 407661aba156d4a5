"""The deployer's parameters: CDK context, typed, checked, with every default written here once.

`cdk deploy -c log_retention_days=90 -c allowed_origins=https://a.example,https://b.example`, or the
same names under "context" in cdk.json. The limits a client meets (lambdas/domain/limits.py) are
given by their own names in the same way. `python -m infra.parameter_table` prints them all for
docs/settings.md.
"""

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.parameter import (
    RouteThrottle,
    choice,
    log_days,
    origins,
    parameter,
    python,
    route_throttles,
    switch,
    text,
    whole,
)
from lambdas.domain.limits import Limits
from lambdas.domain.routes import BATCH_ROUTES, routes

EMULATOR_API_ID = "11ee6a7e"
"""Eight hex digits, so that the local base URL is the same after every deployment."""

NOT_OURS = re.compile(r"[:@]|^acknowledged-issue-numbers$")
"""Context that belongs to the CDK itself: its flags and cached look-ups carry one of these."""


class ConfigError(ValueError):
    """A setting that cannot be deployed. The message is one line and names the next step."""


@dataclass(frozen=True)
class Config:
    """What a deployment is made of. Every field but the last two is a context parameter."""

    target: str = parameter(
        "aws", choice("aws", "local"), "`local` sets the defaults that the emulator needs"
    )
    stack_name: str = parameter(
        "Linegate",
        text(r"[A-Za-z][A-Za-z0-9-]{0,23}", "a letter, then up to 23 letters, digits, hyphens"),
        "name of the CloudFormation stack; each deployment in an account needs its own",
    )
    removal_policy: str = parameter(
        "retain",
        choice("retain", "destroy"),
        "what happens to tables, bucket and logs when the stack is deleted; `retain` keeps them, "
        "except when the first deployment is rolled back; with `destroy`, empty the bucket first",
    )
    deletion_protection: bool = parameter(
        False,
        switch,
        "DynamoDB deletion protection for both tables; switch it on after the first deployment, "
        "because it would block that deployment's rollback",
    )
    architecture: str = parameter(
        "arm64",
        choice("arm64", "x86_64", "host"),
        "instruction set of the functions; `host` is that of this machine, for the emulator",
    )
    python_version: str = parameter(
        "3.13",
        python("3.11", "3.12", "3.13", "3.14"),
        "Python version of the functions' runtime, independent of the one that deploys; if the "
        "deploying machine does not have it, the functions have no byte-code and start slower. "
        "`host` is the version that deploys",
    )
    log_retention_days: int = parameter(30, log_days, "retention of all logs, in days")
    log_level: str = parameter(
        "INFO", choice("DEBUG", "INFO", "WARNING", "ERROR"), "log level of the functions"
    )
    audit_filenames: bool = parameter(
        False, switch, "whether audit lines in the functions' logs include file names"
    )
    access_logs: bool = parameter(
        False,
        switch,
        "API Gateway access logs: a line for each request, including refused ones; the region's "
        "API Gateway account settings must have a role that may write logs",
    )
    domain_name: str | None = parameter(
        None,
        text(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", "a name such as files.example.com"),
        "custom domain (TLS 1.2 or newer); the API's default address is then switched off",
    )
    certificate_arn: str | None = parameter(
        None,
        text(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/\S+", "an ACM certificate's ARN"),
        "ACM certificate of domain_name, in the stack's region",
    )
    hosted_zone_id: str | None = parameter(
        None,
        text(r"Z[A-Z0-9]{3,31}", "a Route 53 hosted zone's id, such as Z0123456789ABCDEFGHIJ"),
        "Route 53 zone of domain_name in this account, to which the stack adds the DNS record; "
        "without it, create an alias from the outputs DomainTarget and DomainTargetZone",
    )
    allowed_origins: tuple[str, ...] = parameter(
        (), origins, "origins that CORS allows, on the API and the bucket"
    )
    console: bool = parameter(
        True,
        switch,
        "web console at `<base URL>/console`, where people sign in with an API key; its function "
        "has access to nothing, and costs nothing while it is not used",
    )
    authorizer_cache_s: int = parameter(
        60,
        whole(0, 3_600),
        "how long API Gateway caches a key's authorization, in seconds; a revoked key works until "
        "then",
    )
    throttle_rate: int = parameter(
        100, whole(1, 10_000), "requests per second to each route, from all callers together"
    )
    throttle_burst: int = parameter(
        200, whole(1, 5_000), "burst of requests to each route, from all callers together"
    )
    route_throttles: tuple[RouteThrottle, ...] = parameter(
        (),
        route_throttles({route.name for route in routes(with_batches=True)}),
        "rate and burst of single routes: `POST /files=20:40,GET /files=50:100`",
    )
    account_rate: int | None = parameter(
        None,
        whole(1, 10_000),
        "requests per second from one account, over all routes (an API Gateway usage plan, so "
        "approximate); AWS only",
    )
    account_burst: int = parameter(
        50, whole(1, 5_000), "burst of requests from one account, if account_rate is set"
    )
    firewall: bool = parameter(
        False,
        switch,
        "AWS WAF web ACL: IP reputation, a rate limit for each IP address, known attacks outside "
        "of request bodies; about 9 USD a month and 0.60 USD per million requests",
    )
    firewall_ip_rate: int = parameter(
        3_000, whole(10, 2_000_000_000), "requests from one IP address in five minutes"
    )
    customer_key: bool = parameter(
        False,
        switch,
        "customer managed KMS key for bucket, tables, queues and logs; 1 USD a month and 0.03 USD "
        "per 10,000 requests",
    )
    finalizer_concurrency: int = parameter(
        4,
        whole(2, 1_000),
        "maximum number of files checked in parallel; each takes one of the account's concurrent "
        "Lambda executions, of which new accounts have 10",
    )
    reaper_concurrency: int = parameter(
        2, whole(1, 10), "maximum number of batches of removed files processed in parallel"
    )
    alarms: bool = parameter(
        True,
        switch,
        "CloudWatch alarms, listed in docs/runbook.md; 0.10 USD a month each, after the first ten "
        "of an AWS account",
    )
    alarm_email: str | None = parameter(
        None,
        text(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address such as oncall@example.com"),
        "email address that receives alarms through an SNS topic in the stack; AWS asks the "
        "recipient to confirm",
    )
    alarm_topic_arn: str | None = parameter(
        None,
        text(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}", "an SNS topic's ARN"),
        "existing SNS topic that alarms are published to, instead of alarm_email",
    )
    route_metrics: bool = parameter(
        False,
        switch,
        "API Gateway metrics for each route, and alarms on 5xx and p99 latency by route instead "
        "of for the whole API; about 1.50 USD a month for each route in use",
    )
    dashboard: bool = parameter(
        True,
        switch,
        "CloudWatch dashboard; 3 USD a month, after the first three of an AWS account",
    )
    tracing: bool = parameter(
        False,
        switch,
        "X-Ray traces of the API and its functions; 5 USD per million traces; X-Ray samples one "
        "request a second and 5 % of the others",
    )
    snapstart: bool = parameter(
        False,
        switch,
        "start the functions that clients wait for from snapshots (Lambda SnapStart; Python 3.12 "
        "or newer, AWS only); about 16 USD a month for keeping them, 22 with batches",
    )
    batch_endpoint: str | None = parameter(
        None,
        text(
            r"https?://[^\s/?#@]+(/[^\s?#]*)?", "a base URL such as https://models.example.com/v1"
        ),
        "base URL of the OpenAI-compatible model endpoint that batches are sent to; without it, "
        "batches are switched off",
    )
    batch_endpoint_secret: str | None = parameter(
        None,
        text(r"[A-Za-z0-9/_+=.@-]{1,512}", "the name of a secret"),
        "name of the Secrets Manager secret that holds the endpoint's API key",
    )
    batch_workers: int = parameter(
        2,
        whole(2, 1_000),
        "maximum number of workers that send batches' requests in parallel; each takes one of the "
        "account's concurrent Lambda executions",
    )
    batch_parallelism: int = parameter(
        32, whole(1, 256), "maximum number of requests that one worker sends in parallel"
    )
    batch_request_timeout_s: int = parameter(
        300, whole(1, 600), "timeout of one request to the model endpoint, in seconds"
    )
    api_id: str | None = parameter(
        None, text(r"[0-9a-f]{8}", "eight hex digits"), "id of the API in the emulator; local only"
    )
    local_endpoint: str = parameter(
        "http://127.0.0.1:4566",
        text(r"https?://[^/\s]+", "an address such as http://127.0.0.1:4566"),
        "address of the emulator; local only",
    )
    limits: Limits = field(default_factory=Limits)
    limit_changes: Mapping[str, object] = field(default_factory=dict)
    """The limits that differ from their defaults, as the functions' environment has them."""

    @property
    def retained(self) -> bool:
        return self.removal_policy == "retain"

    @property
    def batches(self) -> bool:
        return self.batch_endpoint is not None

    @property
    def local(self) -> bool:
        return self.target == "local"

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> "Config":
        """The settings in a CDK context. Raises ConfigError for an unknown or invalid one. Pure.

        Values from the command line are strings, those from cdk.json of their own type.
        """
        given = {k: _convert(v) for k, v in context.items() if not NOT_OURS.search(k)}
        names = {f.name for f in parameters()}
        own = {k: given.pop(k) for k in sorted(given) if k in names}
        if own.get("target") == "local":
            own = LOCAL_DEFAULTS | own
        limits, limit_changes = _limits(given)
        config = cls(
            **{f.name: _parse(f, own[f.name]) for f in parameters() if f.name in own},
            limits=limits,
            limit_changes=limit_changes,
        )
        if (config.domain_name is None) != (config.certificate_arn is None):
            raise ConfigError("domain_name and certificate_arn go together: set both or neither")
        if config.hosted_zone_id and not config.domain_name:
            raise ConfigError("hosted_zone_id needs domain_name: set that, too")
        if config.api_id and not config.local:
            raise ConfigError("api_id is for the emulator only: set target=local, or remove it")
        if config.alarm_email and config.alarm_topic_arn:
            raise ConfigError("alarm_email and alarm_topic_arn exclude each other: set one")
        if not config.alarms and (config.alarm_email or config.alarm_topic_arn):
            raise ConfigError(
                "alarms=false sends no alarms: remove it, or alarm_email or alarm_topic_arn"
            )
        if config.account_rate and config.local:
            raise ConfigError("account_rate is for AWS only: the emulator has no usage plans")
        if config.snapstart and (config.local or config.python_version == "3.11"):
            raise ConfigError("snapstart needs AWS and python_version 3.12 or newer: remove it")
        _require_endpoint(config)
        return config


def _require_endpoint(config: Config) -> None:
    """What is about batches belongs together, and their requests are encrypted on their way."""
    if config.batch_endpoint_secret and not config.batches:
        raise ConfigError("batch_endpoint_secret needs batch_endpoint: set that, too")
    if config.batches and not config.local and not str(config.batch_endpoint).startswith("https:"):
        raise ConfigError(
            f"batch_endpoint must begin with https://, not {config.batch_endpoint!r}: prompts and "
            "a key are sent to it"
        )
    limited = {(throttle.method, throttle.path) for throttle in config.route_throttles}
    if not config.batches and limited & {(r.method, r.path) for r in BATCH_ROUTES}:
        raise ConfigError("route_throttles names a batch route: set batch_endpoint, too")


LOCAL_DEFAULTS = {
    "architecture": "host",
    "python_version": "host",
    "removal_policy": "destroy",
    "api_id": EMULATOR_API_ID,
}


def parameters() -> "list[dataclasses.Field[Any]]":
    """The fields of Config that a deployer gives, in the order of docs/settings.md."""
    return [f for f in dataclasses.fields(Config) if f.metadata]


def _convert(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _parse(parameter: "dataclasses.Field[Any]", value: Any) -> Any:
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
            raise ConfigError(f"there is no setting {name!r}; use one of: {known}")
        words = isinstance(value, str) and isinstance(defaults[name], tuple)
        changes[name] = value.split(",") if words else value
    try:
        return Limits.with_changes(changes), changes
    except ValueError as error:
        raise ConfigError(str(error)) from None


def limit_defaults() -> dict[str, object]:
    """Every limit by the name a deployer gives it, with its default."""
    own = dataclasses.asdict(Limits())
    check: dict[str, object] = own.pop("check")
    return own | check
