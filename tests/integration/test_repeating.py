"""A failed check is retried soon, then later, and finally moves to the dead-letter queue."""

from typing import Any

import pytest

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.handlers import finalizer, messages
from lambdas.handlers.messages import wait_s
from lambdas.stores import file_table
from tests.integration.lines import requests
from tests.integration.recorded import Event, notification, queued
from tests.integration.service import Context
from tests.integration.stored import stored

pytestmark = pytest.mark.usefixtures("service")


def put_message(record: FileRecord) -> None:
    clients.sqs().send_message(
        QueueUrl=settings.finalizer_queue_url(), MessageBody=notification(record.object_key)
    )


def receive() -> Event | None:
    """The next message as Lambda hands it on; None where none is visible."""
    answer = clients.sqs().receive_message(
        QueueUrl=settings.finalizer_queue_url(), AttributeNames=["All"]
    )
    for message in answer.get("Messages", []):
        event = queued(message["Body"])
        event["Records"][0] |= {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
        }
        count = message["Attributes"]["ApproximateReceiveCount"]
        event["Records"][0]["attributes"]["ApproximateReceiveCount"] = count
        return event
    return None


def test_waits_grow_and_end_below_the_queues_own_longest() -> None:
    assert [wait_s(receives) for receives in range(1, 7)] == [15, 60, 240, 960, 960, 960]


def test_a_message_that_failed_waits_as_long_as_it_has_to(monkeypatch: pytest.MonkeyPatch) -> None:
    put_message(stored(None))
    waited = []
    real = clients.sqs().change_message_visibility

    def note(**request: Any) -> Any:
        waited.append(request["VisibilityTimeout"])
        return real(**request | {"VisibilityTimeout": 0})

    monkeypatch.setattr(clients.sqs(), "change_message_visibility", note)
    for _ in range(3):
        event = receive()
        assert event is not None
        assert len(finalizer.handler(event, Context())["batchItemFailures"]) == 1
    assert waited == [15, 60, 240]


def test_it_is_the_queue_that_holds_it_back() -> None:
    put_message(stored(None))
    event = receive()
    assert event is not None
    finalizer.handler(event, Context())
    assert receive() is None


def test_a_message_that_cannot_be_postponed_is_still_one_that_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_message(stored(None))
    event = receive()
    assert event is not None
    monkeypatch.delenv("LINEGATE_FINALIZER_QUEUE_URL")
    assert len(finalizer.handler(event, Context())["batchItemFailures"]) == 1


def test_a_message_that_comes_again_once_the_bytes_can_be_read_ends_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = stored(requests(2))
    put_message(record)
    monkeypatch.setattr(messages, "wait_s", lambda _: 0)
    with monkeypatch.context() as down:
        down.setattr(clients.s3(), "get_object", _fail)
        event = receive()
        assert event is not None
        finalizer.handler(event, Context())
    event = receive()
    assert event is not None
    assert finalizer.handler(event, Context()) == {"batchItemFailures": []}
    checked = file_table.get(record.key, 0)
    assert checked is not None
    assert checked.status is Status.PROCESSED


def _fail(**_: Any) -> Any:
    raise OSError("S3 is away")
