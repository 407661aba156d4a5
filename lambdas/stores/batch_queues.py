"""The queues of batches: one message for each step, with ids and nothing else.

IAM actions: sqs:SendMessage.

| queue      | message                        | what follows                          |
|------------|--------------------------------|---------------------------------------|
| dispatcher | `{account, batch}`             | the input is pinned and cut           |
| worker     | `{account, batch, chunk}`      | the requests of a chunk are sent      |
| finisher   | `{account, batch}`             | the results are joined into files     |

A message may come twice or late: each step finds in the table what is left to do.
"""

import json
from collections.abc import Sequence

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.keys import BatchKey
from lambdas.stores.failures import unavailable
from lambdas.stores.received_message import LONGEST_DELAY_S

SENT_TOGETHER = 10
"""SendMessageBatch (Amazon SQS API reference)."""


def batch_of(body: str) -> BatchKey:
    message = json.loads(body)
    return BatchKey(message["account"], message["batch"])


def chunk_of(body: str) -> tuple[BatchKey, int]:
    message = json.loads(body)
    return BatchKey(message["account"], message["batch"]), message["chunk"]


def send_dispatch(key: BatchKey, delay_s: int = 0) -> None:
    _send(settings.dispatcher_queue_url(), key, delay_s)


def send_finish(key: BatchKey, delay_s: int = 0) -> None:
    _send(settings.finisher_queue_url(), key, delay_s)


def send_chunk(key: BatchKey, number: int, delay_s: int) -> None:
    with unavailable():
        clients.sqs().send_message(
            QueueUrl=settings.worker_queue_url(),
            MessageBody=_chunk_body(key, number),
            DelaySeconds=min(delay_s, LONGEST_DELAY_S),
        )


def send_chunks(key: BatchKey, numbers: Sequence[int]) -> None:
    """Raises Unavailable where SQS did not take all of them: some may be sent twice then."""
    for start in range(0, len(numbers), SENT_TOGETHER):
        entries = [
            {"Id": str(number), "MessageBody": _chunk_body(key, number)}
            for number in numbers[start : start + SENT_TOGETHER]
        ]
        with unavailable():
            answer = clients.sqs().send_message_batch(
                QueueUrl=settings.worker_queue_url(),
                Entries=entries,  # type: ignore[arg-type]  # as SQS has it
            )
        if answer.get("Failed"):
            raise Unavailable


def _send(queue_url: str, key: BatchKey, delay_s: int) -> None:
    with unavailable():
        clients.sqs().send_message(
            QueueUrl=queue_url,
            MessageBody=json.dumps({"account": key.account, "batch": key.ulid}),
            DelaySeconds=min(delay_s, LONGEST_DELAY_S),
        )


def _chunk_body(key: BatchKey, number: int) -> str:
    return json.dumps({"account": key.account, "batch": key.ulid, "chunk": number})
