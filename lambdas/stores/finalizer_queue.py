"""The finalizer's queue, which S3 fills: how a message waits less, and how one is sent again.

IAM actions: sqs:ChangeMessageVisibility (postpone), sqs:SendMessage (send).
"""

import json
from urllib.parse import quote_plus

from lambdas import clients, settings
from lambdas.stores.failures import unavailable


def postpone(receipt_handle: str, seconds: int) -> None:
    """Let a received message come again in so many seconds, whatever the queue's own timeout."""
    with unavailable():
        clients.sqs().change_message_visibility(
            QueueUrl=settings.finalizer_queue_url(),
            ReceiptHandle=receipt_handle,
            VisibilityTimeout=seconds,
        )


def send(object_key: str) -> None:
    """Say that an object is complete, as far as the finalizer reads what S3 says."""
    notification = {"Records": [{"s3": {"object": {"key": quote_plus(object_key, safe="/")}}}]}
    with unavailable():
        clients.sqs().send_message(
            QueueUrl=settings.finalizer_queue_url(), MessageBody=json.dumps(notification)
        )
