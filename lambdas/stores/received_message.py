"""A message that a function was given by its queue: when it comes again, if it fails.

IAM actions: sqs:ChangeMessageVisibility (postpone), sqs:SendMessage (send_again).
"""

from lambdas import clients
from lambdas.stores.failures import unavailable

LONGEST_DELAY_S = 900
"""Of one message (Amazon SQS API reference, SendMessage)."""


def postpone(queue_url: str, receipt_handle: str, seconds: int) -> None:
    """Let it come again in so many seconds, whatever the queue's own timeout."""
    with unavailable():
        clients.sqs().change_message_visibility(
            QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
        )


def send_again(queue_url: str, body: str) -> None:
    """A new message like it, after the longest delay."""
    with unavailable():
        clients.sqs().send_message(
            QueueUrl=queue_url, MessageBody=body, DelaySeconds=LONGEST_DELAY_S
        )
