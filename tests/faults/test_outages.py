"""A store is away for a while: answers are clear errors, and afterwards everything catches up."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import botocore.endpoint
import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from lambdas import clients, settings
from lambdas.domain.file import Status
from lambdas.handlers import finalizer, reconciler
from lambdas.workflows.sweeping import UNCHECKED_AGE_S
from tests.faults.cases import Laboratory
from tests.faults.scenarios import CONTENT, TWO_PARTS
from tests.faults.world import World, deliver_created, records
from tests.integration.recorded import created
from tests.integration.service import Answer, Context, Form, Service
from tests.integration.stored import objects, stored
from tests.integration.uploads.client import send_missing


@pytest.fixture
def world(lab: Laboratory) -> World:
    return lab.new_world()


@contextmanager
def away(service: str, how: str) -> Iterator[None]:
    """Every call to a service fails: refused, or silent until botocore gives up."""
    real = botocore.endpoint.Endpoint._do_get_response  # type: ignore[attr-defined]  # its own

    def attempt(endpoint: Any, request: Any, model: Any, context: Any) -> Any:
        if model.service_model.service_name != service:
            return real(endpoint, request, model, context)
        url = "https://aws.example"
        if how == "silent":
            return None, ConnectTimeoutError(endpoint_url=url)
        return None, EndpointConnectionError(endpoint_url=url)

    with (
        mock.patch.object(botocore.endpoint.Endpoint, "_do_get_response", attempt),
        mock.patch.object(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None)),
    ):
        yield


def every_route(service: Service, file_id: str, upload_id: str) -> dict[str, Answer]:
    upload = {"filename": "a", "purpose": "batch", "bytes": 5}
    part = Form().file(b"x", name="data")
    return {
        "create": service.create_file(CONTENT),
        "list": service.get("/files"),
        "retrieve": service.get(f"/files/{file_id}"),
        "content": service.get(f"/files/{file_id}/content"),
        "validation": service.get(f"/files/{file_id}/validation"),
        "delete": service.delete(f"/files/{file_id}"),
        "begin": service.post_json("/uploads", upload),
        "look": service.get(f"/uploads/{upload_id}"),
        "part": service.post_form(f"/uploads/{upload_id}/parts", part),
        "complete": service.post_json(f"/uploads/{upload_id}/complete", {}),
        "cancel": service.request("POST", f"/uploads/{upload_id}/cancel"),
    }


@pytest.mark.parametrize("how", ["refused", "silent"])
def test_without_dynamodb_every_route_asks_to_come_again_and_nothing_changes(
    world: World, how: str
) -> None:
    service = Service()
    file_id = service.create_file(CONTENT).json["id"]
    upload = world.client.uploads.create(
        filename="a", purpose="batch", bytes=len(TWO_PARTS), mime_type="application/jsonl"
    )
    send_missing(upload.model_dump(), TWO_PARTS)
    before = records()
    with away("dynamodb", how):
        answers = every_route(service, file_id, upload.id)
    for name, answer in answers.items():
        assert (answer.status, answer.headers.get("retry-after")) == (503, "2"), name
        assert answer.json["error"]["code"] == "internal_error"
    assert records() == before
    assert world.client.uploads.complete(upload.id, part_ids=[]).status == "completed"
    assert world.files()[file_id] == CONTENT


@pytest.mark.parametrize("how", ["refused", "silent"])
def test_without_s3_records_are_served_and_bytes_ask_to_come_again(world: World, how: str) -> None:
    service = Service()
    file_id = service.create_file(CONTENT).json["id"]
    upload_id = world.client.uploads.create(
        filename="a", purpose="batch", bytes=5, mime_type="application/jsonl"
    ).id
    with away("s3", how):
        answers = every_route(service, file_id, upload_id)
    served = {name for name, answer in answers.items() if answer.status == 200}
    assert served == {"list", "retrieve", "validation", "delete"}
    for name in answers.keys() - served:
        assert (answers[name].status, answers[name].headers.get("retry-after")) == (503, "2"), name
    assert all(status != Status.PROCESSED for status in states().values())


def states() -> dict[str, Status]:
    return {ulid: record.status for ulid, record in records().items()}


@pytest.mark.parametrize("store", ["s3", "dynamodb"])
def test_a_check_waits_for_a_store_and_then_catches_up(world: World, store: str) -> None:
    record = stored(CONTENT)
    with away(store, "refused"):
        failed = finalizer.handler(created(record.object_key), Context())
        assert failed == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert states()[record.key.ulid] is Status.UPLOADED
    assert deliver_created(record.object_key) == ["done"]
    assert states()[record.key.ulid] is Status.PROCESSED


@pytest.mark.parametrize("store", ["s3", "dynamodb"])
def test_a_removal_waits_for_a_store_and_then_catches_up(world: World, store: str) -> None:
    file_id = Service().create_file(CONTENT).json["id"]
    world.look()
    world.client.files.delete(file_id)
    world.look()
    with away(store, "refused"):
        assert world.reap()[-1] == "again"
    assert world.reap() == ["done"]
    assert objects() == []


def test_without_the_queue_a_failed_check_is_still_a_failed_one(world: World) -> None:
    """Then it waits as long as the queue itself says."""
    with away("sqs", "refused"):
        answer = finalizer.handler(created(stored(None).object_key), Context())
    assert len(answer["batchItemFailures"]) == 1


def test_while_s3_cannot_reach_the_queue_files_stay_uploaded_and_are_found(world: World) -> None:
    """S3 repeats its events; should one be lost for good, the reconciler asks for the check."""
    record = stored(CONTENT)
    later_ms = (int(time.time()) + UNCHECKED_AGE_S + 1) * 1_000
    with mock.patch.object(reconciler, "now_ms", return_value=later_ms):
        reconciler.handler({"scheduled": True}, Context(remaining_ms=900_000))
    queue_url = settings.finalizer_queue_url()
    (message,) = clients.sqs().receive_message(QueueUrl=queue_url)["Messages"]
    key = json.loads(message["Body"])["Records"][0]["s3"]["object"]["key"]
    assert deliver_created(key) == ["done"]
    assert states()[record.key.ulid] is Status.PROCESSED
