"""What the functions behind queues share: a message that fails comes again, soon at first.

A message that fails goes back to the queue by itself; the others of its batch stay done. It comes
again after 15 s, a minute, 4 and 16 minutes, and then lies with the dead letters. Left to the queue
it would wait each time as long as a function may run.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

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
    except Exception:
        logger.exception("not done, goes back to the queue")
        metrics.add_metric("BatchStepsFailed", MetricUnit.Count, 1)
        _postpone(queue_url, message)
        return False
    return True


def _postpone(queue_url: str, message: Event) -> None:
    """Where the queue does not take it, its own timeout counts: later, but not lost."""
    try:
        batch_queues.postpone(queue_url, message["receiptHandle"], wait_s(receives(message)))
    except Exception:
        logger.exception("not postponed, waits as long as the queue says")
