"""One message of the queue: S3 says that an object is complete. Check it.

A message that fails goes back to the queue by itself; the others of its batch stay done. It comes
again after 15 s, a minute, 4 and 16 minutes, and then lies with the dead letters. Left to the queue
it would wait each time as long as a function may run, six times over.
"""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.metrics import MetricUnit

from lambdas import deadline, settings
from lambdas.domain.ids import file_id
from lambdas.handlers.clock import now_ms
from lambdas.handlers.messages import receives, wait_s
from lambdas.observability import count_each, log_invocation, logger, metrics
from lambdas.stores import finalizer_queue
from lambdas.workflows.finalizing import Finalized, Outcome, finalize

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]


@log_invocation
@metrics.log_metrics
@deadline.of_invocation
def handler(event: Event, context: "LambdaContext") -> Event:
    failed = [message for message in event["Records"] if not _finalize_message(message)]
    return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in failed]}


def _finalize_message(message: Event) -> bool:
    """Whether all that the message is about is done; the rest of a message that failed is not."""
    try:
        events = json.loads(message["body"]).get("Records", ())
        if not events:  # s3:TestEvent, once, when S3 is told of the queue
            _report(Finalized(Outcome.FOREIGN))
        for notified in events:
            key = unquote_plus(notified["s3"]["object"]["key"])
            _report(finalize(key, settings.limits(), now_ms))
    except Exception:
        logger.exception("not finalized, goes back to the queue")
        metrics.add_metric("EventsFailed", MetricUnit.Count, 1)
        _postpone(message)
        return False
    return True


def _postpone(message: Event) -> None:
    """Where the queue does not take it, its own timeout counts: later, but not lost."""
    try:
        finalizer_queue.postpone(message["receiptHandle"], wait_s(receives(message)))
    except Exception:
        logger.exception("not postponed, waits as long as the queue says")


def _report(finalized: Finalized) -> None:
    record, validation = finalized.record, finalized.validation
    logger.info(
        "finalized",
        outcome=finalized.outcome,
        account=record.key.account if record else None,
        file_id=file_id(record.key.ulid) if record else None,
        status=record.status if record else None,
        duration_ms=validation.duration_ms if validation else None,
    )
    metrics.add_metric(f"Events{finalized.outcome.title()}", MetricUnit.Count, 1)
    if validation is None:
        return
    report = validation.report
    metrics.add_metric("FilesChecked", MetricUnit.Count, 1)
    metrics.add_metric("LinesChecked", MetricUnit.Count, report.lines)
    metrics.add_metric("BytesChecked", MetricUnit.Bytes, report.bytes)
    metrics.add_metric("CheckDuration", MetricUnit.Milliseconds, validation.duration_ms)
    if validation.duration_ms:
        speed = report.bytes / 1_000 / validation.duration_ms
        metrics.add_metric("CheckSpeed", MetricUnit.MegabytesPerSecond, speed)
    metrics.add_metric("LineErrors", MetricUnit.Count, report.error_count)
    count_each("LineErrors", "code", report.error_counts)
