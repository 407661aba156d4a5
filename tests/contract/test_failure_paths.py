"""The deployed functions when something fails: what only the bundle they run from can prove."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openai import OpenAI

from lambdas.domain.file import FileRecord, Status
from lambdas.domain.ids import file_id, new_ulid
from lambdas.domain.keys import FileKey
from lambdas.stores.file_item import file_item, file_key, report_key
from local.stack import Stack
from tests.contract.conftest import NewKey
from tests.contract.lines import batch
from tests.contract.test_reconciler import invoke

AWS = Callable[[str], Any]

CONTENT = batch(2)
HOUR_S = 3_600
PATIENCE_S = 90
"""The first wait of a failed message is 15 s; the queue's own would be 12 minutes."""


@pytest.fixture
def unchecked(stack: Stack, aws: AWS) -> Iterator[FileRecord]:
    """The record of a file that was uploaded an hour ago, without its bytes and never checked."""
    created_at = int(time.time()) - HOUR_S
    record = FileRecord(
        key=FileKey(f"test-{uuid.uuid4().hex}", new_ulid(created_at * 1_000)),
        status=Status.UPLOADED,
        filename="in.jsonl",
        purpose="batch",
        bytes=len(CONTENT),
        created_at=created_at,
        expires_at=created_at + 7 * 24 * HOUR_S,
        retention_s=7 * 24 * HOUR_S,
    )
    aws("dynamodb").put_item(TableName=stack.files_table, Item=file_item(record))
    yield record
    for key in (file_key(record.key), report_key(record.key)):
        aws("dynamodb").delete_item(TableName=stack.files_table, Key=key)
    aws("s3").delete_object(Bucket=stack.bucket, Key=record.object_key)


@pytest.fixture
def owner(stack: Stack, unchecked: FileRecord, new_key: NewKey) -> OpenAI:
    return OpenAI(base_url=stack.base_url, api_key=new_key(unchecked.key.account))


def put_bytes(stack: Stack, aws: AWS, record: FileRecord) -> None:
    aws("s3").put_object(Bucket=stack.bucket, Key=record.object_key, Body=CONTENT)


def status_in_time(owner: OpenAI, record: FileRecord) -> str:
    """The file's status once it is checked, or `uploaded` when patience ends."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        status: str = owner.files.retrieve(file_id(record.key.ulid)).status
        if status != Status.UPLOADED or time.monotonic() > ends:
            return status
        time.sleep(0.5)


def test_the_finalizer_postpones_a_message_that_failed_and_then_checks_the_file(
    stack: Stack, aws: AWS, unchecked: FileRecord, owner: OpenAI
) -> None:
    """The bytes are not there at first; the message is back long before the queue's own timeout."""
    event = {"Records": [{"s3": {"object": {"key": unchecked.object_key}}}]}
    queue, sqs = stack.finalizer_queue_url, aws("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(event))
    wait_until_failed(aws, unchecked)
    put_bytes(stack, aws, unchecked)
    assert status_in_time(owner, unchecked) == Status.PROCESSED


def wait_until_failed(aws: AWS, record: FileRecord) -> None:
    """Until the finalizer has logged that it could not check a file."""
    logs, ends = aws("logs"), time.monotonic() + PATIENCE_S
    since_ms = int(time.time() * 1_000) - 5_000
    while time.monotonic() < ends:
        for group in logs.describe_log_groups()["logGroups"]:
            if "Finalizer" in group["logGroupName"]:
                found = logs.filter_log_events(
                    logGroupName=group["logGroupName"], startTime=since_ms
                )["events"]
                if any("ObjectMissing" in event["message"] for event in found):
                    return
        time.sleep(0.5)
    pytest.fail(f"the finalizer did not meet {record.object_key}")


def test_the_reconciler_asks_for_a_check_that_never_came(
    stack: Stack, aws: AWS, unchecked: FileRecord, owner: OpenAI
) -> None:
    put_bytes(stack, aws, unchecked)
    answer = invoke(aws, {"scheduled": True})
    assert answer["found"].get("UncheckedFile", 0) >= 1
    assert status_in_time(owner, unchecked) == Status.PROCESSED
