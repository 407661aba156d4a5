"""One message of the finisher's queue: all requests of a batch are answered, its files follow."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from lambdas import deadline, settings
from lambdas.domain.ids import batch_id, new_ulid
from lambdas.handlers.clock import now_ms
from lambdas.handlers.messages import Queue, each
from lambdas.observability import log_invocation, logger, metrics
from lambdas.stores import batch_queues
from lambdas.stores.received_message import LONGEST_DELAY_S
from lambdas.workflows.finishing import Finished, finish

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]

QUEUE = Queue(settings.finisher_queue_url, failures="BatchStepsFailed", outlasts_outages=True)

ROOM_CHECK_S = LONGEST_DELAY_S
"""How long results wait before their account is looked at again, where it had no room."""


@log_invocation
@metrics.log_metrics
@deadline.of_invocation
def handler(event: Event, context: "LambdaContext") -> "PartialItemFailureResponse":
    return each(event, context, QUEUE, _finish_message)


def _finish_message(message: "SQSRecord") -> None:
    key = batch_queues.batch_of(message.body)
    started_ms = now_ms()
    ulids = new_ulid(started_ms), new_ulid(started_ms)
    outcome, batch = finish(key, settings.limits(), now_ms, ulids)
    if outcome is Finished.NO_ROOM:
        batch_queues.send_finish(key, ROOM_CHECK_S)
    logger.info(
        "finished",
        outcome=outcome,
        account=key.account,
        batch_id=batch_id(key.ulid),
        status=batch.status if batch else None,
        completed=batch.completed if batch else None,
        failed=batch.failed if batch else None,
        duration_ms=now_ms() - started_ms,
    )
    if batch is not None and outcome is Finished.ENDED:
        metrics.add_metric(f"Batches{batch.status.title()}", MetricUnit.Count, 1)
        metrics.add_metric("BatchRequestsCompleted", MetricUnit.Count, batch.completed)
        metrics.add_metric("BatchRequestsFailed", MetricUnit.Count, batch.failed)
