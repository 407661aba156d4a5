"""What the functions behind queues share: a failed message is retried, soon at first.

A message that fails returns to the queue by itself; the others of its batch stay done. It is
received again after 15 s, a minute, 4 and 16 minutes, and then moves to the dead-letter queue. Left
to the queue it would wait each time as long as a function may run, six times over.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from lambdas.domain.errors import Unavailable
from lambdas.domain.limits import MESSAGE_TRIES
from lambdas.observability import logger, metrics
from lambdas.stores import received_message

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]

FIRST_WAIT_S = 15
WAIT_FACTOR = 4
LONGEST_WAIT_S = 960


@dataclass(frozen=True)
class Queue:
    """Where a function's messages come from, and what is done about those that fail."""

    url: Callable[[], str]
    failures: str
    """The metric that counts them."""
    outlasts_outages: bool = False
    """Where a store was unavailable every time, a new message takes the place of one that was
    received as often as it may be: an outage of AWS of any length loses nothing."""


def each(
    event: Event, context: "LambdaContext", queue: Queue, handle: "Callable[[SQSRecord], None]"
) -> "PartialItemFailureResponse":
    """Handle each message; one that raises is logged, counted and postponed."""

    def handle_or_postpone(record: "SQSRecord") -> None:
        try:
            handle(record)
        except Exception as error:
            logger.exception("not done, returns to the queue")
            metrics.add_metric(queue.failures, MetricUnit.Count, 1)
            last = isinstance(error, Unavailable) and receives(record) >= MESSAGE_TRIES
            if not (last and queue.outlasts_outages):
                _postpone(queue, record)
                raise
            _renew(queue, record)

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event, handle_or_postpone, processor, context)


def receives(message: "SQSRecord") -> int:
    """How often the message was received, this time included."""
    return int(message.attributes.approximate_receive_count)


def wait_s(received: int) -> int:
    """Seconds until a message that was received so often, and failed, comes again. Pure."""
    seconds: int = FIRST_WAIT_S * WAIT_FACTOR ** (received - 1)
    return min(seconds, LONGEST_WAIT_S)


def _renew(queue: Queue, message: "SQSRecord") -> None:
    try:
        received_message.send_again(queue.url(), message.body)
    except Exception:
        logger.exception("not renewed, moves to the dead-letter queue")
        raise


def _postpone(queue: Queue, message: "SQSRecord") -> None:
    """Where the queue does not take it, its own timeout counts: later, but not lost."""
    try:
        received_message.postpone(queue.url(), message.receipt_handle, wait_s(receives(message)))
    except Exception:
        logger.exception("not postponed, waits as long as the queue says")
