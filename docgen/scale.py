"""Which quota binds first, and at how many uploads a second. Pure.

Demand is counted work (docgen/request_costs.py) and assumed time (docgen/costs.py) for one upload of
the size class `UPLOAD`, the file that is kept and the removal that follows. AWS's quotas are the
defaults that its documentation names; ours are settings.
"""

from collections.abc import Iterator
from typing import NamedTuple

from docgen.costs import CHECK_BYTES_PER_S, SIZES, invocation_s, parts_of
from docgen.request_costs import work
from infra.config import Config
from infra.events import REAPER_BATCH

UPLOAD = "20 MB"
RATES = (10, 100, 1_000)

UPLOAD_SECONDS = 30
"""Assumed: how long a client takes from POST /uploads to complete."""

STATUS_REQUESTS = 2
"""Assumed: how often a client asks for the file's status."""

REAPER_BATCH_S = 1.0
"""Assumed: one batch of removals."""

HEADS_A_SECOND = 200
RUN_SWEEP_S = 780
"""Assumed: HEAD requests of the reconciler, and its seconds an hour for a sweep that is alone."""

GATEWAY_REGION_RATE = 10_000
LAMBDA_CONCURRENCY, NEW_ACCOUNT_CONCURRENCY = 1_000, 10
QUEUE_CONCURRENCY = 1_000
TABLE_FIRST_WRITES, TABLE_WRITES = 4_000, 40_000
PARTITION_WRITES = 1_000
PREFIX_WRITES = 3_500
INDEX_PARTITIONS = 16


class Bound(NamedTuple):
    """`each` is what one upload a second takes of `limit`, in `unit`."""

    what: str
    each: float
    limit: float
    unit: str
    remedy: str

    @property
    def binds_at(self) -> float:
        """Uploads a second."""
        return self.limit / self.each


CREATE, COMPLETE = work("POST /uploads"), work("POST /uploads/{upload_id}/complete")
RETRIEVE, FINALIZER, REAPER = work("GET /files/{file_id}"), work("finalizer"), work("reaper")

INDEX_WRITES = 4
"""Of the written units of an upload: into the index of unchecked files and out of it, in
transactions."""


def check_s() -> float:
    return invocation_s(FINALIZER, SIZES[UPLOAD] / CHECK_BYTES_PER_S)


def function_s() -> float:
    """Seconds of functions for one upload: as many are busy at one upload a second."""
    requests = (CREATE, COMPLETE, *[RETRIEVE] * STATUS_REQUESTS, work("authorizer"))
    return sum(map(invocation_s, requests)) + check_s() + REAPER_BATCH_S / REAPER_BATCH


def written() -> float:
    """Capacity units of table and index for one upload and its removal."""
    return CREATE.written + COMPLETE.written + FINALIZER.written + REAPER.written


def anybody() -> list[Bound]:
    """What many accounts together meet, the first to bind first."""
    config = Config()
    kept = config.limits.retention_s
    stack = [
        Bound(
            "`throttle_rate` (each route)",
            STATUS_REQUESTS,
            config.throttle_rate,
            "requests/s",
            "`throttle_rate`, `throttle_burst`, `route_throttles`",
        ),
        Bound(
            "`finalizer_concurrency`",
            check_s(),
            config.finalizer_concurrency,
            "checks at the same time",
            f"`finalizer_concurrency`, to {QUEUE_CONCURRENCY:,}. Until then files wait, unchecked",
        ),
        Bound(
            "`reaper_concurrency` (one shard of the stream)",
            REAPER_BATCH_S / REAPER_BATCH,
            config.reaper_concurrency,
            "batches at the same time",
            "`reaper_concurrency`, to 10. The stream gains shards as the table grows",
        ),
        Bound(
            "reconciler's daily round",
            kept / HEADS_A_SECOND / 24,
            RUN_SWEEP_S,
            "s of each run",
            "nothing breaks: a round takes longer than a day",
        ),
    ]
    aws = [
        Bound(
            "Lambda's concurrency, new AWS account",
            function_s(),
            NEW_ACCOUNT_CONCURRENCY,
            "functions at the same time",
            "quota L-B99A9384; `make deploy` reads it",
        ),
        Bound(
            "Lambda's concurrency, usual default",
            function_s(),
            LAMBDA_CONCURRENCY,
            "functions at the same time",
            "quota L-B99A9384",
        ),
        Bound(
            "API Gateway, of the region",
            2 + STATUS_REQUESTS,
            GATEWAY_REGION_RATE,
            "requests/s",
            "quota L-8A5B8E43",
        ),
        Bound(
            "writes of a new on-demand table",
            written(),
            TABLE_FIRST_WRITES,
            "units/s",
            "grows to twice its former peak within 30 minutes; or set its warm throughput",
        ),
        Bound("writes of a table", written(), TABLE_WRITES, "units/s", "quota of DynamoDB"),
        Bound(
            "index of unchecked files",
            INDEX_WRITES,
            INDEX_PARTITIONS * PARTITION_WRITES,
            "units/s",
            "`UNCHECKED_SHARDS`, a change to the code",
        ),
        Bound(
            "S3, one partition of the bucket",
            1 + parts_of(SIZES[UPLOAD]) + 1,
            PREFIX_WRITES,
            "PUT or POST/s",
            "S3 splits a busy bucket by accounts in 30 to 60 minutes, and answers 503 until then",
        ),
    ]
    return sorted([*stack, *aws], key=lambda bound: bound.binds_at)


def one_account() -> list[Bound]:
    """What an account alone meets besides, the first to bind first."""
    limits = Config().limits
    bounds = [
        Bound(
            "`account_files`",
            limits.retention_s,
            limits.account_files,
            "files",
            "`account_files`, to about 2 million, which the reconciler can recount; or a shorter "
            "`expires_after`",
        ),
        Bound(
            "`account_bytes`",
            limits.retention_s * SIZES[UPLOAD],
            limits.account_bytes,
            "bytes",
            "`account_bytes`; or a shorter `expires_after`",
        ),
        Bound(
            "`account_pending_uploads`",
            UPLOAD_SECONDS,
            limits.account_pending_uploads,
            "pending uploads",
            "`account_pending_uploads`",
        ),
        Bound(
            "writes of the account's partition",
            written() - INDEX_WRITES,
            PARTITION_WRITES,
            "units/s",
            "nothing: ids grow with time, so DynamoDB cannot split it. Use several accounts",
        ),
        Bound(
            "S3, the account's part of the bucket",
            1 + parts_of(SIZES[UPLOAD]) + 1,
            PREFIX_WRITES,
            "PUT or POST/s",
            "nothing, for the same reason. Use several accounts",
        ),
    ]
    return sorted(bounds, key=lambda bound: bound.binds_at)


def seconds_until_full(rate: int) -> Iterator[tuple[str, float]]:
    """How long an account can upload at a rate until a quota of its own is reached."""
    limits = Config().limits
    yield "`account_files`", limits.account_files / rate
    yield "`account_bytes`", limits.account_bytes / rate / SIZES[UPLOAD]
