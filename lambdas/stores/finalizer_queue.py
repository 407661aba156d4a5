"""The finalizer's queue, which S3 fills: how a message is sent again.

IAM actions: sqs:SendMessage.
"""

import json
from urllib.parse import quote_plus

from lambdas import clients, settings
from lambdas.stores.failures import unavailable


def send(object_key: str) -> None:
    """Say that an object is complete, as far as the finalizer reads what S3 says."""
    notification = {"Records": [{"s3": {"object": {"key": quote_plus(object_key, safe="/")}}}]}
    with unavailable():
        clients.sqs().send_message(
            QueueUrl=settings.finalizer_queue_url(), MessageBody=json.dumps(notification)
        )
