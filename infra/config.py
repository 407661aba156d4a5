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
from infra.routes import BATCH_ROUTES, routes
from lambdas.domain.limits import Limits

EMULATOR_API_ID = "11ee6a7e"
"""Eight hex digits, so that the local base URL is the same after every deployment."""

NOT_OURS = re.compile(r"[:@]|^acknowledged-issue-numbers$")
"""Context that belongs to the CDK itself: its flags and cached look-ups carry one of these."""


class ConfigError(ValueError):
    """A parameter that cannot be deployed; the message is one line that says what to do."""


@dataclass(frozen=True)
class Config:
    """What a deployment is made of. Every field but the last two is a context parameter."""

    target: str = parameter(
        "aws", choice("aws", "local"), "`local` sets the defaults that the emulator needs"
    )
    stack_name: str = parameter(
        "Linegate",
        text(r"[A-Za-z][A-Za-z0-9-]{0,23}", "a letter, then up to 23 letters, digits, hyphens"),
        "several deployments in one account need a name each",
    )
    removal_policy: str = parameter(
        "retain",
        choice("retain", "destroy"),
        "of tables, bucket and logs when the stack is deleted; `retain` keeps them, except when "
        "the first deployment is rolled back; for `destroy` the bucket must be emptied first",
    )
    deletion_protection: bool = parameter(
        False,
        switch,
        "DynamoDB's deletion protection of both tables; turn it on after the first deployment, "
        "whose rollback it would block",
    )
    architecture: str = parameter(
        "arm64",
        choice("arm64", "x86_64", "host"),
        "of the functions; `host` is this machine's, for an emulator without containers",
    )
    python_version: str = parameter(
        "3.13",
        python("3.11", "3.12", "3.13", "3.14"),
        "of the functions' runtime, whatever Python deploys; without that Python on the deploying "
        "machine the functions have no byte-code and start slower. `host` is the deploying one's",
    )
    log_retention_days: int = parameter(30, log_days, "how long all logs are kept")
    log_level: str = parameter(
        "INFO", choice("DEBUG", "INFO", "WARNING", "ERROR"), "of the functions"
    )
    audit_filenames: bool = parameter(
        False, switch, "let audit lines in the functions' logs carry the names of files"
    )
    access_logs: bool = parameter(
        False,
        switch,
        "a log line for each request, refused ones too; the region's API Gateway account setting "
        "must name a role that may write logs",
    )
    domain_name: str | None = parameter(
        None,
        text(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", "a name such as files.example.com"),
        "a custom domain (TLS 1.2 or newer), and no other: the API's own address is switched off",
    )
    certificate_arn: str | None = parameter(
        None,
        text(r"arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/\S+", "an ACM certificate's ARN"),
        "its certificate, in the stack's own region",
    )
    hosted_zone_id: str | None = parameter(
        None,
        text(r"Z[A-Z0-9]{3,31}", "a Route 53 hosted zone's id, such as Z0123456789ABCDEFGHIJ"),
        "the Route 53 zone of domain_name, in this account: the stack adds the DNS record to it; "
        "without it, create an alias from the outputs DomainTarget and DomainTargetZone",
    )
    allowed_origins: tuple[str, ...] = parameter(
        (), origins, "browsers' origins for CORS, on the API and the bucket"
    )
    console: bool = parameter(
        True,
        switch,
        "a page for people at `<base URL>/console`, where they sign in with an API key; its "
        "function can read nothing, and costs nothing while nobody opens it",
    )
    authorizer_cache_s: int = parameter(
        60,
        whole(0, 3_600),
        "how long the gateway trusts a key unasked: a revoked one lives so long",
    )
    throttle_rate: int = parameter(
        100, whole(1, 10_000), "requests a second to each route, of all callers together"
    )
    throttle_burst: int = parameter(
        200, whole(1, 5_000), "requests at once to each route, of all callers together"
    )
    route_throttles: tuple[RouteThrottle, ...] = parameter(
        (),
        route_throttles({f"{route.method} {route.path}" for route in routes(with_batches=True)}),
        "other rates and bursts for single routes: `POST /files=20:40,GET /files=50:100`",
    )
    account_rate: int | None = parameter(
        None,
        whole(1, 10_000),
        "requests a second of one account, over all routes (an API Gateway usage plan: kept to "
        "approximately); AWS only",
    )
    account_burst: int = parameter(
        50, whole(1, 5_000), "requests at once of one account, where account_rate is set"
    )
    firewall: bool = parameter(
        False,
        switch,
        "an AWS WAF web ACL: address reputation, a rate for each address, known attacks outside of "
        "request bodies; about 9 USD a month and 0.60 USD a million requests",
    )
    firewall_ip_rate: int = parameter(
        3_000, whole(10, 2_000_000_000), "requests of one address in five minutes"
    )
    customer_key: bool = parameter(
        False,
        switch,
        "a KMS key of this account's own for bucket, tables, queues and logs; 1 USD a month and "
        "0.03 USD per 10,000 uses",
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
        "CloudWatch alarms, listed in docs/runbook.md; 0.10 USD a month each, the first ten of an "
        "AWS account are free",
    )
    alarm_email: str | None = parameter(
        None,
        text(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an address such as oncall@example.com"),
        "address that an SNS topic of the stack's own sends alarms to; it must be confirmed once",
    )
    alarm_topic_arn: str | None = parameter(
        None,
        text(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}", "an SNS topic's ARN"),
        "SNS topic that alarms are published to, in place of alarm_email",
    )
    route_metrics: bool = parameter(
        False,
        switch,
        "API Gateway's metrics for each route, and alarms on 5xx and p99 by route in place of "
        "those of the whole API; about 1.50 USD a month for each route that is in use",
    )
    dashboard: bool = parameter(
        True,
        switch,
        "a CloudWatch dashboard; free for the first three of an AWS account, 3 USD a month beyond",
    )
    tracing: bool = parameter(
        False,
        switch,
        "X-Ray traces of the API and its functions; 5 USD for a million traces, of which X-Ray "
        "samples one a second and 5 % of the rest",
    )
    batch_endpoint: str | None = parameter(
        None,
        text(
            r"https?://[^\s/?#@]+(/[^\s?#]*)?", "a base URL such as https://models.example.com/v1"
        ),
        "base URL of the OpenAI-compatible model endpoint that batches are sent to; without it "
        "there are no batches",
    )
    batch_endpoint_secret: str | None = parameter(
        None,
        text(r"[A-Za-z0-9/_+=.@-]{1,512}", "the name of a secret"),
        "name of the Secrets Manager secret whose text is the endpoint's API key",
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
        300, whole(1, 600), "how long the model endpoint may take for one answer, in seconds"
    )
    api_id: str | None = parameter(
        None, text(r"[0-9a-f]{8}", "eight hex digits"), "the API's id in the emulator; local only"
    )
    local_endpoint: str = parameter(
        "http://127.0.0.1:4566",
        text(r"https?://[^/\s]+", "an address such as http://127.0.0.1:4566"),
        "where the emulator listens; local only",
    )
    limits: Limits = field(default_factory=Limits)
    limit_changes: Mapping[str, object] = field(default_factory=dict)
    """The limits that differ from their defaults, as the functions are told of them."""

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
        """The parameters in a CDK context. Raises ConfigError for an unknown or a bad one. Pure.

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
            raise ConfigError("domain_name and certificate_arn belong together: give both or none")
        if config.hosted_zone_id and not config.domain_name:
            raise ConfigError("hosted_zone_id is the zone of domain_name: give domain_name, too")
        if config.api_id and not config.local:
            raise ConfigError("api_id is for the emulator only: give it with target=local, or not")
        if config.alarm_email and config.alarm_topic_arn:
            raise ConfigError("alarm_email and alarm_topic_arn exclude each other: give one")
        if not config.alarms and (config.alarm_email or config.alarm_topic_arn):
            raise ConfigError("alarms=false leaves nothing to notify of: drop it, or the address")
        if config.account_rate and config.local:
            raise ConfigError("account_rate is for AWS only: the emulator has no such counters")
        _require_endpoint(config)
        return config


def _require_endpoint(config: Config) -> None:
    """What is about batches belongs together, and their requests are encrypted on their way."""
    if config.batch_endpoint_secret and not config.batches:
        raise ConfigError("batch_endpoint_secret is the key of batch_endpoint: give that, too")
    if config.batches and not config.local and not str(config.batch_endpoint).startswith("https:"):
        raise ConfigError("batch_endpoint must begin with https://: it is sent prompts and a key")
    limited = {(throttle.method, throttle.path) for throttle in config.route_throttles}
    if not config.batches and limited & {(r.method, r.path) for r in BATCH_ROUTES}:
        raise ConfigError("route_throttles names a route of batches: give batch_endpoint, too")


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
            raise ConfigError(f"there is no parameter {name!r}; there are: {known}")
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
