"""One message of the queue: S3 says that an object is complete. Check it."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.metrics import MetricUnit

from lambdas import deadline, settings
from lambdas.domain.ids import file_id
from lambdas.handlers.clock import now_ms
from lambdas.handlers.messages import Queue, each
from lambdas.observability import count_each, log_invocation, logger, metrics
from lambdas.workflows.finalizing import Finalized, Outcome, finalize

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]

QUEUE = Queue(settings.finalizer_queue_url, failures="EventsFailed")


@log_invocation
@metrics.log_metrics
@deadline.of_invocation
def handler(event: Event, context: "LambdaContext") -> "PartialItemFailureResponse":
    return each(event, context, QUEUE, _finalize_message)


def _finalize_message(message: "SQSRecord") -> None:
    """Check every object that the message is about, until one fails."""
    events = json.loads(message.body).get("Records", ())
    if not events:  # s3:TestEvent, once, when the notification is configured
        _report(Finalized(Outcome.FOREIGN))
    for notified in events:
        key = unquote_plus(notified["s3"]["object"]["key"])
        _report(finalize(key, settings.limits(), now_ms))


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
