"""Records left the table: their bytes, parts and reports follow.

One mechanism for a DELETE and for an expiry, so the route needs one conditional write and no more.
"""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from lambdas import deadline
from lambdas.domain.ids import file_id
from lambdas.handlers.clock import now_ms
from lambdas.observability import log_invocation, logger, metrics
from lambdas.stores.file_item import file_record
from lambdas.stores.removed_records import Removal
from lambdas.workflows.removal_cleanup import follow_removals

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]


@log_invocation
@metrics.log_metrics
@deadline.of_invocation
def handler(event: Event, context: "LambdaContext") -> Event:
    """A batch of the stream, all of it. Only what failed is named: Lambda delivers again from the
    first of those on, and gives up on them alone."""
    removals, failed = _removals(event["Records"])
    failures = follow_removals(list(removals.values()), now_ms() // 1000)
    failed |= {
        number: failures[record.key]
        for number, (record, _) in removals.items()
        if record.key in failures
    }
    for number, (record, _) in removals.items():
        account, name = record.key.account, file_id(record.key.ulid)
        if (error := failed.get(number)) is not None:
            logger.error("not reaped, is retried", exc_info=error, account=account, file_id=name)
        else:
            logger.info("removed", account=account, file_id=name)
    removed = len(event["Records"]) - len(failed)
    for metric, count in (("FilesRemoved", removed), ("RemovalsFailed", len(failed))):
        if count:
            metrics.add_metric(metric, MetricUnit.Count, count)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in sorted(failed, key=int)]}


def _removals(changes: list[Event]) -> tuple[dict[str, Removal], dict[str, Exception]]:
    """The removals by their sequence numbers, and what cannot be read as one."""
    removals: dict[str, Removal] = {}
    failed: dict[str, Exception] = {}
    for change in changes:
        number = change["dynamodb"]["SequenceNumber"]
        try:
            record = file_record(change["dynamodb"]["OldImage"])
            removed_at = int(change["dynamodb"]["ApproximateCreationDateTime"])
            removals[number] = Removal(record, removed_at)
        except Exception as error:
            failed[number] = error
            logger.exception("not a file's record, is retried")
    return removals, failed
