"""What a batch's input may be, and what becomes of it while the batch runs."""

from typing import Any

import pytest

from lambdas.domain.file import Status
from lambdas.handlers import finalizer
from tests.integration.batches.world import CHAT, World, answered_once, requests
from tests.integration.recorded import created
from tests.integration.service import Context
from tests.integration.stored import ULID, remove_as_ttl_does, stored

FILE = f"file-{ULID}"


def asked(world: World, **fields: Any) -> Any:
    return world.service.post_json("/batches", {"input_file_id": FILE, "endpoint": CHAT} | fields)


def check(object_key: str) -> None:
    assert finalizer.handler(created(object_key), Context()) == {"batchItemFailures": []}


def test_a_batch_waits_for_a_file_that_is_still_being_checked(world: World) -> None:
    record = stored(requests(3))
    batch = asked(world).json
    for _ in range(3):
        assert world.step("dispatcher")
        assert world.retrieve(batch)["status"] == "validating"
    check(record.object_key)
    world.run()
    assert world.retrieve(batch)["request_counts"]["completed"] == 3


def test_a_batch_whose_file_turns_out_to_be_invalid_fails(world: World) -> None:
    record = stored(b"nonsense\n")
    batch = asked(world).json
    assert world.step("dispatcher")
    check(record.object_key)
    world.run()
    failed = world.retrieve(batch)
    assert (failed["status"], failed["output_file_id"]) == ("failed", None)
    (error,) = failed["errors"]["data"]
    assert (error["code"], error["param"]) == ("invalid_input_file", "input_file_id")
    assert "Line 1" in error["message"] or "line 1" in error["message"]


def test_an_invalid_file_is_refused_at_once_with_its_first_error(world: World) -> None:
    record = stored(b"nonsense\n")
    check(record.object_key)
    refused = asked(world)
    assert (refused.status, refused.json["param"]) == (400, "input_file_id")
    assert "invalid lines" in refused.json["message"]
    assert world.waiting("dispatcher") == 0


def test_an_upload_that_is_not_complete_is_no_input(world: World) -> None:
    stored(None, Status.PENDING, filename="a")
    refused = asked(world)
    assert (refused.status, refused.json["param"]) == (400, "input_file_id")
    assert "There is no file" in refused.json["message"]


@pytest.mark.parametrize("step", ["dispatcher", "worker"])
def test_an_input_that_expires_does_not_end_its_batch(world: World, step: str) -> None:
    record = stored(requests(600), Status.PROCESSED)
    batch = asked(world).json
    world.step("dispatcher")
    if step == "worker":
        world.step("worker")
    remove_as_ttl_does(record)
    world.run()
    ended = world.retrieve(batch)
    assert (ended["status"], ended["request_counts"]["completed"]) == ("completed", 600)
    answered_once(*world.results(ended), 600)


def test_one_file_feeds_several_batches(world: World) -> None:
    stored(requests(4), Status.PROCESSED)
    batches = [asked(world).json for _ in range(3)]
    world.run()
    files = {world.retrieve(batch)["output_file_id"] for batch in batches}
    assert len(files) == 3
    assert set(world.endpoint.sent.values()) == {3}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"endpoint": "/v1/images"}, "endpoint"),
        ({"endpoint": None}, "endpoint"),
        ({"endpoint": "https://elsewhere.example/v1"}, "endpoint"),
        ({"completion_window": "48h"}, "completion_window"),
        ({"completion_window": 24}, "completion_window"),
        ({"metadata": {f"k{n}": "v" for n in range(17)}}, "metadata"),
        ({"metadata": {"k" * 65: "v"}}, "metadata"),
        ({"metadata": {"k": "v" * 513}}, "metadata"),
        ({"metadata": {"k": 1}}, "metadata"),
        ({"metadata": []}, "metadata"),
        ({"input_file_id": None}, "input_file_id"),
        ({"input_file_id": "file-nonsense"}, "input_file_id"),
        ({"input_file_id": 7}, "input_file_id"),
        (
            {"output_expires_after": {"anchor": "created_at", "seconds": 3_599}},
            "output_expires_after.seconds",
        ),
        (
            {"output_expires_after": {"anchor": "created_at", "seconds": 2_592_001}},
            "output_expires_after.seconds",
        ),
        (
            {"output_expires_after": {"anchor": "last_active_at", "seconds": 3_600}},
            "output_expires_after.anchor",
        ),
        ({"output_expires_after": 3_600}, "output_expires_after"),
    ],
)
def test_a_batch_that_cannot_be_is_refused_with_the_field(
    world: World, fields: dict[str, Any], param: str
) -> None:
    stored(requests(1), Status.PROCESSED)
    refused = asked(world, **fields)
    assert (refused.status, refused.json["param"]) == (400, param)
    assert world.service.get("/batches").json["data"] == []
    assert world.waiting("dispatcher") == 0


@pytest.mark.parametrize("pairs", [1, 16])
def test_the_largest_metadata_comes_back(world: World, pairs: int) -> None:
    stored(requests(1), Status.PROCESSED)
    metadata = {f"{n:02d}" + "k" * 62: "ü" * 512 for n in range(pairs)}
    batch = asked(world, metadata=metadata).json
    assert world.retrieve(batch)["metadata"] == metadata


def test_a_body_that_is_no_json_object_is_refused(world: World) -> None:
    for body in (b"", b"[]", b"{", b"\xff"):
        assert world.service.request("POST", "/batches", body).status == 400
