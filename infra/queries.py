"""Saved CloudWatch Logs Insights queries, as one table: what an operator asks the logs.

They read the functions' structured log lines (lambdas/observability.py, lambdas/handlers/audit.py).
"""

from dataclasses import dataclass

from infra.permissions import FunctionName

API_FUNCTIONS = (FunctionName.FILES, FunctionName.UPLOADS, FunctionName.BATCHES)


@dataclass(frozen=True)
class Query:
    name: str
    answers: str
    functions: tuple[FunctionName, ...]
    lines: tuple[str, ...]


QUERIES = (
    Query(
        "requests by account",
        "Which accounts send how many requests, by status",
        API_FUNCTIONS,
        (
            'filter message = "request"',
            "stats count() as requests by account, status",
            "sort requests desc",
            "limit 50",
        ),
    ),
    Query(
        "errors by route",
        "Which routes answer with which errors",
        API_FUNCTIONS,
        (
            'filter message = "request" and status >= 400',
            "stats count() as answers by method, route, status, code",
            "sort answers desc",
        ),
    ),
    Query(
        "latency by route",
        "Time in the function, without the gateway, by route",
        API_FUNCTIONS,
        (
            'filter message = "request"',
            "stats count() as requests, pct(duration_ms, 50) as p50, pct(duration_ms, 99) as p99,"
            " max(duration_ms) as slowest by method, route",
            "sort p99 desc",
        ),
    ),
    Query(
        "cold starts",
        "How often and how long functions start",
        tuple(FunctionName),
        (
            'filter @type = "REPORT" and ispresent(@initDuration)',
            "stats count() as starts, pct(@initDuration, 50) as p50, max(@initDuration) as slowest,"
            " max(@maxMemoryUsed / 1000000) as memory_mb by @log",
        ),
    ),
    Query(
        "exceptions",
        "What failed, by type and place; messages are never logged",
        tuple(FunctionName),
        (
            "filter ispresent(exception_name)",
            "stats count() as times, latest(@timestamp) as last, latest(exception) as example"
            " by service, message, exception_name",
            "sort times desc",
        ),
    ),
    Query(
        "failed checks",
        "Files whose check failed and is retried",
        (FunctionName.FINALIZER,),
        (
            'filter level = "ERROR"',
            "fields @timestamp, message, exception_name, exception",
            "sort @timestamp desc",
            "limit 100",
        ),
    ),
    Query(
        "one file",
        "All that happened to a file: put its id in place of `file-…`",
        tuple(FunctionName),
        (
            'filter file_id = "file-…" or upload_id = "file-…"',
            "fields @timestamp, service, message, action, outcome, status, code, request_id",
            "sort @timestamp",
        ),
    ),
)
