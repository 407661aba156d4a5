"""What the functions behind queues share: a message that fails comes again, soon at first.

A message that fails returns to the queue by itself; the others of its batch stay done. It is
received again after 15 s, a minute, 4 and 16 minutes, and then moves to the dead-letter queue. Left
to the queue it would wait each time as long as a function may run.

Where a store was unavailable every time, a new message takes its place: an outage of AWS of any
length ends no batch.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from lambdas.domain.errors import Unavailable
from lambdas.domain.limits import MESSAGE_TRIES
from lambdas.observability import logger, metrics
from lambdas.stores import batch_queues

Event = dict[str, Any]

FIRST_WAIT_S = 15
WAIT_FACTOR = 4
LONGEST_WAIT_S = 960


def each(event: Event, queue_url: str, handle: Callable[[Event], None]) -> Event:
    """Handle each message; one that raises is logged, counted and postponed."""
    failed = [one for one in event["Records"] if not _try_message(one, queue_url, handle)]
    return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in failed]}


def receives(message: Event) -> int:
    """How often the message was received, this time included."""
    return int(message["attributes"]["ApproximateReceiveCount"])


def wait_s(received: int) -> int:
    """Seconds until a message that was received so often, and failed, comes again. Pure."""
    seconds: int = FIRST_WAIT_S * WAIT_FACTOR ** (received - 1)
    return min(seconds, LONGEST_WAIT_S)


def _try_message(message: Event, queue_url: str, handle: Callable[[Event], None]) -> bool:
    try:
        handle(message)
    except Exception as error:
        logger.exception("not done, returns to the queue")
        metrics.add_metric("BatchStepsFailed", MetricUnit.Count, 1)
        if isinstance(error, Unavailable) and receives(message) >= MESSAGE_TRIES:
            return _renewed(queue_url, message)
        _postpone(queue_url, message)
        return False
    return True


def _renewed(queue_url: str, message: Event) -> bool:
    """Put a new message in the place of one that was received as often as it may be."""
    try:
        batch_queues.send_again(queue_url, message["body"])
    except Exception:
        logger.exception("not renewed, moves to the dead-letter queue")
        return False
    return True


def _postpone(queue_url: str, message: Event) -> None:
    """Where the queue does not take it, its own timeout counts: later, but not lost."""
    try:
        batch_queues.postpone(queue_url, message["receiptHandle"], wait_s(receives(message)))
    except Exception:
        logger.exception("not postponed, waits as long as the queue says")
