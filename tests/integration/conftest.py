"""AWS as moto plays it, with the tables and the bucket that the functions expect."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from logging import StreamHandler
from threading import RLock
from typing import Any, Final

import pytest
from moto import mock_aws
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import BotocoreStubber

from lambdas import clients, settings
from lambdas.domain.keys import (
    CREATED_AT,
    PARTITION_KEY,
    SORT_KEY,
    UNCHECKED_INDEX,
    UNCHECKED_PROJECTED,
    UNCHECKED_SHARD,
)
from lambdas.domain.limits import MIB
from lambdas.observability import logger
from lambdas.stores import endpoint_key
from tests.integration.left_behind import Run, run_after
from tests.integration.service import Service

REGION: Final = "eu-central-1"
BUCKET = "linegate-test-bucket"
FILES_TABLE = "linegate-test-files"
KEYS_TABLE = "linegate-test-keys"
QUEUE = "linegate-test-finalizer"
ENDPOINT_KEY_NAME = "models/key"
ENDPOINT_KEY = "sk-endpoint-key"
QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/123456789012/{QUEUE}"
BATCH_QUEUES = {
    f"LINEGATE_{step.upper()}_QUEUE_URL": f"linegate-test-{step}"
    for step in ("dispatcher", "worker", "finisher")
}


def set_environment(patch: pytest.MonkeyPatch) -> None:
    """What the functions are told."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "LINEGATE_BUCKET": BUCKET,
        "LINEGATE_FINALIZER_QUEUE_URL": QUEUE_URL,
        "LINEGATE_FILES_TABLE": FILES_TABLE,
        "LINEGATE_KEYS_TABLE": KEYS_TABLE,
        "LINEGATE_BATCH_ENDPOINT": "https://models.example.com/v1",
        "LINEGATE_BATCH_ENDPOINT_KEY_NAME": ENDPOINT_KEY_NAME,
        "LINEGATE_BATCH_PARALLELISM": "8",
        "LINEGATE_BATCH_REQUEST_TIMEOUT_S": "5",
        **{
            variable: f"https://sqs.{REGION}.amazonaws.com/123456789012/{name}"
            for variable, name in BATCH_QUEUES.items()
        },
        "POWERTOOLS_METRICS_NAMESPACE": "Linegate",
        "POWERTOOLS_SERVICE_NAME": "linegate",
    }.items():
        patch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN", "LINEGATE_LIMITS"):
        patch.delenv(name, raising=False)


@contextmanager
def empty_stores() -> Iterator[None]:
    """Empty tables and an empty bucket; clients and settings are made afresh."""
    with mock_aws(), one_call_at_a_time():
        forget()
        _make_stores()
        yield
    forget()


@contextmanager
def one_call_at_a_time() -> Iterator[None]:
    """Threads may call moto: each call takes effect alone, as DynamoDB's transactions do.

    Moto by itself copies a whole table before a transaction and, where a condition fails, puts the
    copy back, over whatever other threads wrote meanwhile.
    """
    process, turn = BotocoreStubber.process_request, RLock()

    def process_alone(stubber: BotocoreStubber, request: Any) -> Any:
        with turn:
            return process(stubber, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BotocoreStubber, "process_request", process_alone)
        yield


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    set_environment(monkeypatch)
    with empty_stores():
        yield


@pytest.fixture
def service(aws: None) -> Service:
    return Service()


@pytest.fixture
def limited(aws: None, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Room for three files, 12 MiB and two pending uploads."""
    changed = {
        "account_files": 3,
        "account_bytes": 12 * MIB,
        "account_pending_uploads": 2,
        "file_bytes": 8 * MIB,
    }
    monkeypatch.setenv("LINEGATE_LIMITS", json.dumps(changed))
    settings.limits.cache_clear()
    return Service()


@pytest.fixture
def run(aws: None, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The reconciler, when everything stored by then is old enough."""
    return run_after(monkeypatch)


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the functions log meanwhile."""
    handler = logger.registered_handler
    assert isinstance(handler, StreamHandler)
    stream = StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


def forget() -> None:
    """Drop what the modules keep between invocations."""
    for cached in (
        clients.s3,
        clients.dynamodb,
        clients.dynamodb_for_keys,
        clients.dynamodb_once,
        clients.sqs,
        clients.secrets_manager,
        settings.limits,
        settings.allowed_origins,
    ):
        cached.cache_clear()
    endpoint_key.forget()


def empty_again() -> None:
    """Throw away what is stored, inside `empty_stores`; clients stay, which take long to make."""
    BackendDict.reset()
    _make_stores()


def _make_stores() -> None:
    for name in (QUEUE, *BATCH_QUEUES.values()):
        clients.sqs().create_queue(QueueName=name, Attributes={"VisibilityTimeout": "720"})
    clients.secrets_manager().create_secret(Name=ENDPOINT_KEY_NAME, SecretString=ENDPOINT_KEY)
    clients.s3().create_bucket(
        Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    dynamodb = clients.dynamodb()
    dynamodb.create_table(
        TableName=FILES_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": PARTITION_KEY, "AttributeType": "S"},
            {"AttributeName": SORT_KEY, "AttributeType": "S"},
            {"AttributeName": UNCHECKED_SHARD, "AttributeType": "S"},
            {"AttributeName": CREATED_AT, "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": PARTITION_KEY, "KeyType": "HASH"},
            {"AttributeName": SORT_KEY, "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": UNCHECKED_INDEX,
                "KeySchema": [
                    {"AttributeName": UNCHECKED_SHARD, "KeyType": "HASH"},
                    {"AttributeName": CREATED_AT, "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": list(UNCHECKED_PROJECTED),
                },
            }
        ],
    )
    dynamodb.create_table(
        TableName=KEYS_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": PARTITION_KEY, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}],
    )
