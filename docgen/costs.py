"""What requests, files and an idle month cost: work (docgen/request_costs.py) by unit prices.

Pure. The amounts of work are counted by tests; how long functions run and wait is assumed, below.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from docgen.request_costs import (
    IDLE_RUN_READ,
    IDLE_RUN_WRITES_S3,
    RECONCILED_FILE_READ,
    Work,
    work,
)
from infra import prices
from infra.alarms import HOUR_S
from infra.batch_alarms import alarm_count
from infra.config import Config
from infra.functions import FROM_SNAPSHOTS, sizes
from infra.permissions import FunctionName
from lambdas.domain.limits import GIB
from lambdas.domain.part_plan import part_bytes_for, plan_parts

MONTH_H = 730
DAYS_A_MONTH = 30

WAIT_MS: Mapping[str, int] = {"dynamodb": 6, "s3": 30, "sqs": 10}
"""Assumed: how long a function waits for a call."""

OWN_MS = 10
"""Assumed: a function's own time for a request. benchmarks/handler_time.py measures 1 to 14 ms."""

CHECK_BYTES_PER_S = 75_000_000
"""Assumed: what one function reads from S3, and checks meanwhile (benchmarks/memory_price.py)."""

DIRECT_CHECK_BYTES_PER_S = 200_000_000
"""Assumed: receiving, checking and storing the content of `POST /files`."""

IDLE_RUN_MS = 2_000
"""Assumed: a run of the reconciler that finds nothing stored."""

LOG_BYTES = 2_000
"""At most, for one invocation, Lambda's own lines included."""

STORED_RECORD_BYTES = 2_000
"""A record, its report and what DynamoDB adds to each item (100 bytes), generously."""

LIST_BYTES: Mapping[str, int] = {
    "GET /files": 7_500,
    "GET /files?limit=100": 36_500,
    "GET /files/{file_id}": 800,
}
"""At most, of an answer with its headers, for files with a SHA-256."""

POLLERS = 5
POLLS_A_MINUTE = 3
"""Long polls of 20 seconds, by the five pollers of a queue that a function is fed from."""

QUEUE_REQUESTS = 3
"""Of one message: sent, received, deleted."""


@dataclass(frozen=True)
class Cost:
    """USD, by what they are paid for. Adds up and multiplies."""

    usd: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(self.usd.values())

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(dict(Counter(self.usd) + Counter(other.usd)))

    def __mul__(self, times: float) -> "Cost":
        return Cost({name: usd * times for name, usd in self.usd.items()})

    def __getitem__(self, name: str) -> float:
        return self.usd.get(name, 0.0)


GATEWAY, FUNCTIONS, LOGS, TABLE, S3, CHECK, STORAGE, RECONCILER, EGRESS = (
    "gateway",
    "functions",
    "logs",
    "DynamoDB",
    "S3 requests",
    "check",
    "storage",
    "reconciler",
    "egress",
)
PUTS = ("s3.Put", "s3.Create", "s3.Complete", "s3.Upload", "s3.List")
GETS = ("s3.Get", "s3.Head")

SIZES: Mapping[str, int] = {
    "10 KB": 10_000,
    "1 MB": 1_000_000,
    "4 MB": 4_000_000,
    "20 MB": 20_000_000,
    "200 MB": 200_000_000,
}
"""Size classes, by their names. Up to the direct limit a file is sent whole, else in parts."""


def invocation_s(row: Work, extra_s: float = 0) -> float:
    """How long the function runs for it, assumed."""
    waits_ms = sum(WAIT_MS[call.partition(".")[0]] for call in row.calls)
    return (OWN_MS + waits_ms) / 1_000 + extra_s


def function_usd(function: FunctionName, seconds: float) -> float:
    """One invocation: its time by its memory, and the request."""
    gb = sizes(Config())[function].memory_mb / 1_024
    return gb * seconds * prices.LAMBDA_ARM_GB_S + prices.LAMBDA_REQUEST


def of_work(row: Work, extra_s: float = 0) -> Cost:
    """One request or event, without the gateway's part."""
    puts = sum(call.startswith(PUTS) for call in row.calls)
    gets = sum(call.startswith(GETS) for call in row.calls)
    return Cost(
        {
            FUNCTIONS: function_usd(row.function, invocation_s(row, extra_s)),
            LOGS: LOG_BYTES / 1e9 * prices.LOGS_GB,
            TABLE: row.read * prices.DYNAMODB_READ + row.written * prices.DYNAMODB_WRITE,
            S3: puts * prices.S3_PUT + gets * prices.S3_GET,
        }
    )


def of_request(name: str, extra_s: float = 0) -> Cost:
    """One request of a client whose key the gateway remembers."""
    return Cost({GATEWAY: prices.GATEWAY_REQUEST}) + of_work(work(name), extra_s)


def is_direct(size: int) -> bool:
    return size <= Config().limits.direct_bytes


def parts_of(size: int) -> int:
    return len(plan_parts(size, part_bytes_for(size)))


def of_arrival(size: int) -> Cost:
    """A file sent and checked, its key looked up once, and its status asked for once."""
    once = of_work(work("authorizer")) + of_request("GET /files/{file_id}")
    if is_direct(size):
        return once + of_request("POST /files", size / DIRECT_CHECK_BYTES_PER_S)
    return (
        once
        + of_request("POST /uploads")
        + Cost({S3: parts_of(size) * prices.S3_PUT})
        + of_request("POST /uploads/{upload_id}/complete")
        + of_check(size)
    )


def of_check(size: int) -> Cost:
    """The finalizer's part, and the message that wakes it."""
    cost = of_work(work("finalizer"), size / CHECK_BYTES_PER_S)
    own = {CHECK: cost[FUNCTIONS] + cost[LOGS] + QUEUE_REQUESTS * prices.SQS_REQUEST}
    return Cost(own | {TABLE: cost[TABLE], S3: cost[S3]})


def of_stay(size: int, days: int) -> Cost:
    """Bytes and records for so many days, and the reconciler's daily look at them."""
    months = days / DAYS_A_MONTH
    record_gb = STORED_RECORD_BYTES / GIB
    per_gb = prices.DYNAMODB_GB_MONTH + prices.DYNAMODB_PITR_GB_MONTH
    look = prices.S3_GET + RECONCILED_FILE_READ * prices.DYNAMODB_READ
    return Cost(
        {
            STORAGE: months * (size / GIB * prices.S3_GB_MONTH + record_gb * per_gb),
            RECONCILER: days * look,
        }
    )


def of_life(size: int, days: int) -> Cost:
    """A file sent, checked, kept and removed by its expiry, alone in its batch of removals."""
    return of_arrival(size) + of_stay(size, days) + of_work(work("reaper"))


def of_download(size: int) -> Cost:
    """Content to a client on the internet: through a function, or from S3 after a redirect."""
    egress = Cost({EGRESS: size / GIB * prices.EGRESS_GB})
    if is_direct(size):
        return of_request("GET /files/{file_id}/content", size / DIRECT_CHECK_BYTES_PER_S) + egress
    redirected = of_request("GET /files/{file_id}/content, redirected")
    return redirected + Cost({S3: prices.S3_GET}) + egress


def snapstart_month(config: Config) -> float:
    """USD of a month for keeping the snapshots of one deployed version of each function."""
    return snapshot_gb(config) * MONTH_H * 3_600 * prices.SNAPSTART_CACHE_GB_S


def snapshot_gb(config: Config) -> float:
    """Memory of all functions that start from snapshots."""
    sized = sizes(config)
    return sum(sized[name].memory_mb for name in FROM_SNAPSHOTS if name in sized) / 1_024


def idle_month() -> dict[str, tuple[float, float]]:
    """USD of a month without a request: by list price, and with the AWS account's allowances."""
    alarms = alarm_count(Config())
    polls = POLLERS * POLLS_A_MINUTE * 60 * MONTH_H
    run = (
        function_usd(FunctionName.RECONCILER, IDLE_RUN_MS / 1_000)
        + IDLE_RUN_READ * prices.DYNAMODB_READ
        + IDLE_RUN_WRITES_S3 * prices.S3_PUT
        + prices.S3_GET
        + LOG_BYTES / 1e9 * prices.LOGS_GB
    )
    runs = MONTH_H * 3_600 // HOUR_S
    polled, free_polls = polls * prices.SQS_REQUEST, prices.FREE_SQS_REQUESTS * prices.SQS_REQUEST
    return {
        f"{alarms} alarms": (
            alarms * prices.ALARM_MONTH,
            max(0, alarms - prices.FREE_ALARMS) * prices.ALARM_MONTH,
        ),
        "dashboard": (prices.DASHBOARD_MONTH, 0.0),
        f"finalizer's queue, {polls:,} empty polls": (polled, max(0.0, polled - free_polls)),
        f"reconciler, {runs} runs": (runs * run, runs * run),
    }
