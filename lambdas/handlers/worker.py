"""One message of the worker's queue: a chunk of a batch, whose requests are to be answered."""

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from lambdas import deadline, settings
from lambdas.domain.ids import batch_id, new_ulid
from lambdas.handlers.clock import now_ms
from lambdas.handlers.messages import Queue, each
from lambdas.observability import log_invocation, logger, metrics
from lambdas.stores import batch_queues, endpoint_key
from lambdas.stores.model_endpoint import ModelEndpoint
from lambdas.workflows.working import Terms, Worked, work

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]

QUEUE = Queue(settings.worker_queue_url, failures="BatchStepsFailed", outlasts_outages=True)

RESULT_DEPTH = 2
"""The body of an answer stands inside a result's line and its `response`."""


@log_invocation
@metrics.log_metrics
@deadline.of_invocation
def handler(event: Event, context: "LambdaContext") -> "PartialItemFailureResponse":
    return each(event, context, QUEUE, _work_message)


def _work_message(message: "SQSRecord") -> None:
    key, number = batch_queues.chunk_of(message.body)
    started_ms = now_ms()
    outcome = work(key, number, _terms(started_ms // 1000), now_ms, new_ulid(started_ms))
    duration_ms = now_ms() - started_ms
    logger.info(
        "worked",
        outcome=outcome,
        account=key.account,
        batch_id=batch_id(key.ulid),
        chunk=number,
        duration_ms=duration_ms,
    )
    if outcome is Worked.POSTPONED:
        metrics.add_metric("EndpointUnavailable", MetricUnit.Count, 1)
    if outcome is Worked.GIVEN_UP:
        logger.error("chunk given up", batch_id=batch_id(key.ulid), chunk=number)
        metrics.add_metric("ChunksGivenUp", MetricUnit.Count, 1)


def _terms(now: int) -> Terms:
    limits, parallelism = settings.limits(), settings.batch_parallelism()
    timeout_s = settings.batch_request_timeout_s()
    endpoint = ModelEndpoint(
        settings.batch_endpoint(),
        endpoint_key.get(now),
        timeout_s,
        limits.longest_result_bytes,
        limits.check.depth - RESULT_DEPTH,
        parallelism,
    )
    return Terms(endpoint, parallelism, timeout_s, limits.longest_result_bytes)
