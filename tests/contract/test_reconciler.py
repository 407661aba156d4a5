"""The reconciler as it is deployed, with its own environment and schedule, invoked by hand."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lambdas.domain.file import FileRecord, Status
from lambdas.domain.ids import file_id
from lambdas.domain.keys import SORT_KEY, UNCHECKED_INDEX, FileKey
from lambdas.stores.file_item import file_item, file_key, file_record, report_key
from lambdas.workflows.findings import Sweep
from local.stack import Stack
from tests.contract.lines import batch

CHECKED_WITHIN_S = 30


def reconciler(aws: Callable[[str], Any]) -> str:
    (stack,) = aws("cloudformation").describe_stacks(StackName="Linegate")["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return str(outputs["ReconcilerFunction"])


def invoke(aws: Callable[[str], Any], event: dict[str, Any]) -> Any:
    answer = aws("lambda").invoke(FunctionName=reconciler(aws), Payload=json.dumps(event).encode())
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


def test_an_operators_dry_run_goes_through_everything(
    stack: Stack, aws: Callable[[str], Any]
) -> None:
    answer = invoke(aws, {})
    assert answer["position"] is None
    assert not any(finding["repaired"] for finding in answer["first"])


def test_the_scheduled_run_keeps_its_progress(stack: Stack, aws: Callable[[str], Any]) -> None:
    invoke(aws, {"scheduled": True})
    kept = aws("s3").get_object(Bucket=stack.bucket, Key="reconciler/progress.json")
    progress = json.loads(kept["Body"].read())
    assert set(progress) == set(Sweep)
    assert {ended for _, ended, _ in progress.values()} == {True}


@pytest.fixture
def unchecked(stack: Stack, aws: Callable[[str], Any]) -> Iterator[FileRecord]:
    """A file that was stored an hour ago, and whose check never came."""
    now = int(time.time())
    content = batch(2)
    record = FileRecord(
        key=FileKey("reconciled", f"01{uuid.uuid4().hex[:24].upper()}"),
        status=Status.UPLOADED,
        filename="unchecked.jsonl",
        purpose="batch",
        bytes=len(content),
        created_at=now - 3_600,
        expires_at=now + 82_800,
        retention_s=86_400,
    )
    dynamodb, s3 = aws("dynamodb"), aws("s3")
    s3.put_object(Bucket=stack.bucket, Key=record.object_key, Body=content)
    dynamodb.put_item(TableName=stack.files_table, Item=file_item(record))
    yield record
    for key in (file_key(record.key), report_key(record.key)):
        dynamodb.delete_item(TableName=stack.files_table, Key=key)
    s3.delete_object(Bucket=stack.bucket, Key=record.object_key)


def test_an_unchecked_file_is_found_in_the_index_and_sent_to_the_finalizer(
    stack: Stack, aws: Callable[[str], Any], unchecked: FileRecord
) -> None:
    assert file_id(unchecked.key.ulid) in [found["subject"] for found in invoke(aws, {})["first"]]
    invoke(aws, {"scheduled": True})
    deadline = time.monotonic() + CHECKED_WITHIN_S
    while (record := stored(stack, aws, unchecked.key)).status is Status.UPLOADED:
        assert time.monotonic() < deadline, "not checked"
        time.sleep(0.2)
    assert (record.status, record.line_count) == (Status.PROCESSED, 2)
    index = aws("dynamodb").scan(TableName=stack.files_table, IndexName=UNCHECKED_INDEX)
    assert file_key(unchecked.key)[SORT_KEY] not in [item[SORT_KEY] for item in index["Items"]]


def stored(stack: Stack, aws: Callable[[str], Any], key: FileKey) -> FileRecord:
    answer = aws("dynamodb").get_item(
        TableName=stack.files_table, Key=file_key(key), ConsistentRead=True
    )
    return file_record(answer["Item"])


def test_the_schedule_is_there(stack: Stack, aws: Callable[[str], Any]) -> None:
    rules = aws("events").list_rules()["Rules"]
    assert [rule["ScheduleExpression"] for rule in rules] == ["rate(1 hour)"]
