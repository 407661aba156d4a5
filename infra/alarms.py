"""What an operator is notified of, as one table: alarms, dashboard and runbook are made from it.

A row is one CloudWatch metric, when it breaches, and what a person who is paged needs to know. The
constructs are in infra/monitoring.py; `python -m infra.runbook` prints the runbook. Only single
metrics, no metric math: CloudWatch bills an alarm by the metrics it reads. The rows of batches are
in infra/batch_alarms.py.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from infra.config import Config
from infra.functions import METRICS_NAMESPACE, finalizer_timeout_s
from infra.permissions import FunctionName
from lambdas.domain.routes import ROUTES, Route

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400


class Watched(StrEnum):
    """What a metric of AWS's is about, where it is no function."""

    CHECKS = "finalizer's queue"
    CHECK_DEAD_LETTERS = "finalizer's dead-letter queue"
    REMOVAL_DEAD_LETTERS = "reaper's dead-letter queue"
    CHUNKS = "worker's queue"
    BATCH_DEAD_LETTERS = "batches' dead-letter queue"
    API = "API"
    FILES_TABLE = "files table"


class Missing(StrEnum):
    """What a period without data means."""

    IS_FINE = "fine"
    IS_AN_ALARM = "an alarm"


@dataclass(frozen=True)
class Metric:
    """Of a function in our own namespace: what lambdas/ counts. Else AWS's own, which are free."""

    namespace: str
    name: str
    statistic: str
    of: FunctionName | Watched


@dataclass(frozen=True)
class Alarm:
    """Breaches when the metric is above (or, with `below`, below) `threshold` in each of `periods`.

    `by_route` rows become one alarm a route where the deployer has `route_metrics`.
    """

    name: str
    metric: Metric
    threshold: float | Callable[[Config], float]
    period_s: int
    periods: int
    meaning: str
    causes: str
    action: str
    below: bool = False
    missing: Missing = Missing.IS_FINE
    by_route: bool = False

    def threshold_for(self, config: Config) -> float:
        return self.threshold(config) if callable(self.threshold) else self.threshold


def own_metric(function: FunctionName, name: str) -> Metric:
    return Metric(METRICS_NAMESPACE, name, "Sum", function)


def _function(function: FunctionName, name: str, statistic: str = "Sum") -> Metric:
    return Metric("AWS/Lambda", name, statistic, function)


def queue_metric(queue: Watched, name: str) -> Metric:
    return Metric("AWS/SQS", name, "Maximum", queue)


FINALIZER_SHARE = 0.8
"""Of its time limit: a check that takes longer is close to being cut off."""


def _slow_check_ms(config: Config) -> float:
    return FINALIZER_SHARE * 1_000 * finalizer_timeout_s(config.limits.file_bytes)


SLOW_MS = 5_000
SLOW_WITH_CONTENT_MS = 15_000
"""A request that carries a file, or joins one, may take this long and still be well."""

WITH_CONTENT = {
    ("POST", "/files"),
    ("GET", "/files/{file_id}/content"),
    ("POST", "/uploads/{upload_id}/parts"),
    ("POST", "/uploads/{upload_id}/complete"),
}

_THROTTLED = (
    "Lambda refused to run the {} function: all concurrent executions of the AWS account in this "
    "region are taken. Callers get 5xx."
)
_THROTTLED_CAUSES = (
    "The account's quota (10 in new accounts) is low, another application uses it up, or traffic "
    "grew."
)
_THROTTLED_ACTION = (
    "Look at `ConcurrentExecutions` without dimensions, and at the account's limit: `aws lambda "
    "get-account-settings`. Request a higher quota (L-B99A9384), or lower "
    "`finalizer_concurrency` for the time being."
)


def throttle_alarm(function: FunctionName) -> Alarm:
    return Alarm(
        f"{function.title()}Throttled",
        _function(function, "Throttles"),
        threshold=0,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning=_THROTTLED.format(function),
        causes=_THROTTLED_CAUSES,
        action=_THROTTLED_ACTION,
    )


ALARMS: tuple[Alarm, ...] = (
    Alarm(
        "ApiErrors",
        Metric("AWS/ApiGateway", "5XXError", "Sum", Watched.API),
        threshold=4,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning="Five requests or more in five minutes were answered with a 5xx.",
        causes="DynamoDB or S3 is unavailable or throttles (503), a function fails or is throttled "
        "(500, 502), or a store is so slow that the gateway gives up after 29 s (504).",
        action="Run the saved queries *errors by route* and *exceptions*. A dependency's outage "
        "(`ServiceUnavailable`, `ReadTimeoutError`) recovers by itself: check AWS Health. For an "
        "exception in our own code, roll back the last deployment.",
        by_route=True,
    ),
    Alarm(
        "ApiSlow",
        Metric("AWS/ApiGateway", "Latency", "p99", Watched.API),
        threshold=SLOW_MS,
        period_s=5 * MINUTE_S,
        periods=3,
        meaning=f"One request in a hundred takes longer than {SLOW_MS // 1_000} seconds, for a "
        "quarter of an hour. CloudWatch ignores periods with too few requests for a percentile.",
        causes="Retries against a store that throttles, many cold starts after a deployment, or "
        "large files sent through the API in place of presigned URLs.",
        action="Run the saved query *latency by route*. Where only requests that carry files are "
        "slow, nothing is wrong: point those clients at uploads in parts. Where all are, look at "
        "`FilesTableWritesThrottled` and at AWS Health.",
        by_route=True,
    ),
    Alarm(
        "AuthorizerErrors",
        _function(FunctionName.AUTHORIZER, "Errors"),
        threshold=2,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning="The authorizer failed three times or more in five minutes; each was a 500 for a "
        "caller whose key nobody rejected.",
        causes="The keys table is unavailable or throttles, or a deployment broke the function.",
        action="Run the saved query *exceptions* on the authorizer's log group. It tries a read of "
        "the keys table three times in its 5 s; what is left is an outage or a defect.",
    ),
    throttle_alarm(FunctionName.FILES),
    throttle_alarm(FunctionName.UPLOADS),
    throttle_alarm(FunctionName.AUTHORIZER),
    Alarm(
        "CheckDeadLetters",
        queue_metric(Watched.CHECK_DEAD_LETTERS, "ApproximateNumberOfMessagesVisible"),
        threshold=0,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning="A file's check failed five times, over 21 minutes. The file is still `uploaded`, "
        "and the reconciler requests its check once an hour.",
        causes="An outage of S3 or DynamoDB that lasted longer than the retries, or a defect that "
        "this file triggers.",
        action="Run the saved query *failed checks*. After an outage, or once the defect is fixed "
        "and deployed, [redrive](operations.md#redrive) the messages.",
    ),
    Alarm(
        "ChecksBehind",
        queue_metric(Watched.CHECKS, "ApproximateAgeOfOldestMessage"),
        threshold=30 * MINUTE_S,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning="The oldest file that waits for its check has waited for half an hour.",
        causes="More files arrive than `finalizer_concurrency` allows to check, or checks fail and "
        "are retried.",
        action="Compare *files checked* and *checks that failed* on the dashboard. Without "
        "failures, raise `finalizer_concurrency` (and the account's quota, where it is reached). "
        "With failures, follow `ChecksFail`.",
    ),
    Alarm(
        "ChecksFail",
        own_metric(FunctionName.FINALIZER, "EventsFailed"),
        threshold=9,
        period_s=15 * MINUTE_S,
        periods=1,
        meaning="Ten checks or more failed in a quarter of an hour. Each is retried, up to five "
        "times; such a failure is no `Errors` of the function.",
        causes="S3 or DynamoDB is unavailable, or a deployment broke the check.",
        action="Run the saved query *failed checks*: it names the exception. An outage recovers by "
        "itself; for a defect, roll back and [redrive](operations.md#redrive).",
    ),
    Alarm(
        "FinalizerErrors",
        _function(FunctionName.FINALIZER, "Errors"),
        threshold=0,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning="The finalizer ended without an answer: killed by its time limit or for memory, "
        "or unable to start. The message waits for the queue's visibility timeout and returns.",
        causes="A file that takes too long, memory too small for the limits that are set, or a "
        "bundle that does not import.",
        action="Look in the finalizer's log group for `Task timed out`, `Runtime.OutOfMemory` or "
        "`Runtime.ImportModuleError`.",
    ),
    Alarm(
        "FinalizerSlow",
        _function(FunctionName.FINALIZER, "Duration", "Maximum"),
        threshold=_slow_check_ms,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning=f"A check took more than {FINALIZER_SHARE:.0%} of the finalizer's time limit.",
        causes="S3 delivers slowly, `file_bytes` was raised beyond what one function reads in its "
        "time, or the finalizer's memory, and with it its CPU and network, was lowered.",
        action="Look at `CheckSpeed` (about 75 MB/s is usual). If one file is slow and others are "
        "not, nothing is to be done unless it moves to the dead-letter queue.",
    ),
    Alarm(
        "UncheckedFiles",
        own_metric(FunctionName.RECONCILER, "FoundUncheckedFile"),
        threshold=0,
        period_s=HOUR_S,
        periods=3,
        meaning="For three hours the reconciler has found files that stay `uploaded` although it "
        "requests their checks.",
        causes="The finalizer fails on them, or S3's notifications do not reach its queue.",
        action="Follow `CheckDeadLetters`. If the dead-letter queue is empty, follow one file: "
        "[a file that is stuck](operations.md#a-file-that-is-stuck).",
    ),
    Alarm(
        "RemovalDeadLetters",
        queue_metric(Watched.REMOVAL_DEAD_LETTERS, "ApproximateNumberOfMessagesVisible"),
        threshold=0,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning="Lambda gave up on the bytes of removed files after ten retries. No client sees "
        "them; the reconciler removes them within two days.",
        causes="S3 or DynamoDB was unavailable for long, or a defect.",
        action="Run the saved query *exceptions* on the reaper's log group. When the reconciler "
        "has run, purge the notices: [redrive](operations.md#redrive).",
    ),
    Alarm(
        "RemovalsBehind",
        _function(FunctionName.REAPER, "IteratorAge", "Maximum"),
        threshold=HOUR_S * 1_000,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning="Removals have waited for an hour: deleted files still take up room and count "
        "against their accounts' quotas. The table's stream forgets after 24 hours.",
        causes="Many files were deleted or expired together, removals fail and block their shard, "
        "or the reaper is throttled.",
        action="Look at `RemovalsFailed` of the reaper. Without failures, raise "
        "`reaper_concurrency` (to 10 at most).",
    ),
    Alarm(
        "ReconcilerMissing",
        _function(FunctionName.RECONCILER, "Invocations"),
        threshold=1,
        period_s=HOUR_S,
        periods=2,
        meaning="The reconciler has not run for two hours: what fails for long is not repaired.",
        causes="Its schedule is switched off, or Lambda throttles it.",
        action="Switch the rule on again: `aws events list-rules`, `aws events enable-rule`. It "
        "may be off on purpose: [restoring](operations.md#restoring).",
        below=True,
        missing=Missing.IS_AN_ALARM,
    ),
    Alarm(
        "ReconcilerErrors",
        _function(FunctionName.RECONCILER, "Errors"),
        threshold=0,
        period_s=HOUR_S,
        periods=2,
        meaning="Two of the reconciler's runs in a row failed.",
        causes="S3 or DynamoDB is unavailable, or a defect in one of its sweeps. The other sweeps "
        "had their turn.",
        action="Run the saved query *exceptions* on the reconciler's log group.",
    ),
    Alarm(
        "ReconcilerStopped",
        own_metric(FunctionName.RECONCILER, "ReconcilerStopped"),
        threshold=0,
        period_s=HOUR_S,
        periods=1,
        meaning="The reconciler stopped before deleting: over a hundred objects more are without a "
        "record than with one.",
        causes="The table was emptied, restored or replaced; or the stack uses the wrong one.",
        action="Delete nothing. Find out what happened to the table first: "
        "[restoring](operations.md#restoring).",
    ),
    Alarm(
        "FilesWithoutBytes",
        own_metric(FunctionName.RECONCILER, "FoundFileWithoutBytes"),
        threshold=0,
        period_s=HOUR_S,
        periods=1,
        meaning="A listed file has no bytes. Downloading it fails.",
        causes="Somebody removed objects by hand, or the table was restored to an earlier time.",
        action="The reconciler's log names the files. Tell their owners, and delete the records "
        "through the API.",
    ),
    Alarm(
        "ForeignObjects",
        own_metric(FunctionName.RECONCILER, "FoundObjectOfNoFile"),
        threshold=0,
        period_s=HOUR_S,
        periods=1,
        meaning="The bucket holds an object whose key is no file's and no part's.",
        causes="Somebody stored it by hand.",
        action="The reconciler's log names the key. Move the object elsewhere; the reconciler "
        "leaves it alone.",
    ),
    Alarm(
        "MiscountedAccounts",
        own_metric(FunctionName.RECONCILER, "FoundMiscountedAccount"),
        threshold=0,
        period_s=DAY_S,
        periods=2,
        meaning="For two days an account's usage counter has disagreed with its records.",
        causes="Requests are interrupted or removals given up on every day "
        "(`RemovalDeadLetters`), or the table was changed by hand.",
        action="The reconciler has corrected it: see its log for the accounts and by how much, and "
        "look for what interrupts their requests.",
    ),
    Alarm(
        "FilesTableWritesThrottled",
        Metric("AWS/DynamoDB", "WriteThrottleEvents", "Sum", Watched.FILES_TABLE),
        threshold=50,
        period_s=5 * MINUTE_S,
        periods=2,
        meaning="DynamoDB throttles writes to the files table. Requests are retried and slow; "
        "beyond that they are answered with 503.",
        causes="One account uploads or deletes more than about 1,000 files a second (one "
        "partition's limit), or traffic more than doubled within half an hour.",
        action="Find the account with the saved query *requests by account*. Set `account_rate`, "
        "or warm the table up before a planned load.",
    ),
    Alarm(
        "FilesTableReadsThrottled",
        Metric("AWS/DynamoDB", "ReadThrottleEvents", "Sum", Watched.FILES_TABLE),
        threshold=50,
        period_s=5 * MINUTE_S,
        periods=2,
        meaning="DynamoDB throttles reads of the files table. Requests are retried and slow; "
        "beyond that they are answered with 503.",
        causes="One account lists or polls more than one partition serves (3,000 read units a "
        "second), or traffic more than doubled within half an hour.",
        action="Find the account with the saved query *requests by account*, and set "
        "`account_rate`.",
    ),
)


def slow_ms(route: Route) -> int:
    """The p99 above which a route is slow. Pure."""
    content = (route.method, route.path) in WITH_CONTENT
    return SLOW_WITH_CONTENT_MS if content else SLOW_MS


def watched_routes() -> tuple[Route, ...]:
    """The routes that run a function; the others cannot fail by themselves."""
    return tuple(route for route in ROUTES if route.function)
