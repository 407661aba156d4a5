"""One message of the dispatcher's queue: a batch is new, waits for its file, or is to resume."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from lambdas import deadline, settings
from lambdas.domain.ids import batch_id
from lambdas.handlers.clock import now_ms
from lambdas.handlers.messages import Queue, each, receives
from lambdas.observability import log_invocation, logger, metrics
from lambdas.stores import batch_queues
from lambdas.workflows.dispatching import Dispatched, dispatch

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]

QUEUE = Queue(settings.dispatcher_queue_url, failures="BatchStepsFailed", outlasts_outages=True)

LOOKS_FOR_RECORD = 3
"""A message goes before its record. One that was received so often, more than a minute later and so
after the longest request, belongs to one that was stopped between the two."""

COUNTED = {Dispatched.FAILED: "BatchesFailed", Dispatched.EXPIRED: "BatchesExpired"}


class RecordMissing(Exception):
    """The record of a new batch is not there yet."""


@log_invocation
@metrics.log_metrics
@deadline.of_invocation
def handler(event: Event, context: "LambdaContext") -> "PartialItemFailureResponse":
    return each(event, context, QUEUE, _dispatch_message)


def _dispatch_message(message: "SQSRecord") -> None:
    key = batch_queues.batch_of(message.body)
    outcome = dispatch(key, now_ms() // 1000)
    if outcome is Dispatched.GONE and receives(message) < LOOKS_FOR_RECORD:
        raise RecordMissing
    logger.info("dispatched", outcome=outcome, account=key.account, batch_id=batch_id(key.ulid))
    if outcome in COUNTED:
        metrics.add_metric(COUNTED[outcome], MetricUnit.Count, 1)
