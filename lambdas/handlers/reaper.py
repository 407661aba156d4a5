"""A record left the table: its bytes, parts and report follow.

One mechanism for a DELETE and for an expiry, so the route needs one conditional write and no more.
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas import deadline
from lambdas.domain.ids import file_id
from lambdas.handlers.clock import now_ms
from lambdas.observability import logged, logger, metrics
from lambdas.stores.file_item import file_record
from lambdas.workflows.deleting import follow_removal

Event = dict[str, Any]


@logged
@metrics.log_metrics
@deadline.of_invocation
def handler(event: Event, context: LambdaContext) -> Event:
    """Records of the stream in their order; the first that fails is where Lambda goes on."""
    for change in event["Records"]:
        try:
            _reap(change)
        except Exception:
            logger.exception("not reaped, comes again")
            metrics.add_metric("RemovalsFailed", MetricUnit.Count, 1)
            failed = {"itemIdentifier": change["dynamodb"]["SequenceNumber"]}
            return {"batchItemFailures": [failed]}
    return {"batchItemFailures": []}


def _reap(change: Event) -> None:
    record = file_record(change["dynamodb"]["OldImage"])
    follow_removal(record, now_ms() // 1000)
    metrics.add_metric("FilesRemoved", MetricUnit.Count, 1)
    logger.info("removed", account=record.key.account, file_id=file_id(record.key.ulid))
