"""A batch as its owner meets it: created, listed, cancelled, and its results as ordinary files."""

import json
from typing import Any

import pytest

from lambdas import clients
from lambdas.domain.batch_requests import RESULTS_RETENTION_S
from tests.integration.batches.world import (
    CHAT,
    Clock,
    World,
    answered_once,
    bodies,
    request_line,
    requests,
    said,
)
from tests.integration.conftest import ENDPOINT_KEY
from tests.integration.service import Service
from tests.integration.stored import objects


def test_a_new_batch_waits_for_its_input_to_be_read(world: World) -> None:
    batch = world.create(requests(3), metadata={"team": "evals"})
    assert batch["id"].startswith("batch-")
    assert (batch["object"], batch["status"], batch["endpoint"]) == ("batch", "validating", CHAT)
    assert batch["expires_at"] == batch["created_at"] + 86_400
    assert batch["request_counts"] == {"total": 0, "completed": 0, "failed": 0}
    assert batch["metadata"] == {"team": "evals"}
    nothing_yet = ("output_file_id", "error_file_id", "errors", "usage", "model", "in_progress_at")
    assert [batch[name] for name in nothing_yet] == [None] * len(nothing_yet)
    assert world.retrieve(batch) == batch


def test_results_are_in_the_order_of_the_input(world: World) -> None:
    batch = world.ended(requests(1_203))
    assert batch["status"] == "completed"
    assert batch["request_counts"] == {"total": 1_203, "completed": 1_203, "failed": 0}
    assert batch["in_progress_at"] <= batch["finalizing_at"] <= batch["completed_at"]
    assert (batch["model"], batch["error_file_id"], batch["errors"]) == ("m", None, None)
    output, errors = world.results(batch)
    answered_once(output, errors, 1_203)
    assert [body["number"] for body in bodies(output)] == list(range(1_203))
    assert set(world.endpoint.sent.values()) == {1}
    assert len(world.endpoint.names) == 1_203
    assert world.steps == {"dispatcher": 1, "worker": 3, "finisher": 1}


def test_usage_adds_up_what_the_endpoint_reported(world: World) -> None:
    usage = world.ended(requests(10))["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (20, 30, 50)


def test_refused_requests_are_in_the_error_file(world: World) -> None:
    world.endpoint.rule = lambda body, _: said(400 if body["number"] % 3 == 0 else 200, **body)
    batch = world.ended(requests(10))
    assert batch["status"] == "completed"
    assert batch["request_counts"] == {"total": 10, "completed": 6, "failed": 4}
    output, errors = world.results(batch)
    answered_once(output, errors, 10)
    assert {line["response"]["status_code"] for line in errors} == {400}
    assert [body["number"] for body in bodies(errors)] == [0, 3, 6, 9]


def test_a_batch_of_errors_only_has_no_output_file(world: World) -> None:
    world.endpoint.rule = lambda *_: said(422)
    batch = world.ended(requests(2))
    assert batch["output_file_id"] is None
    assert len(world.lines(batch["error_file_id"])) == 2


def test_files_of_results_are_ordinary_files_of_the_account(world: World) -> None:
    batch = world.ended(requests(2))
    file = world.service.get(f"/files/{batch['output_file_id']}").json
    assert (file["purpose"], file["status"]) == ("batch_output", "processed")
    assert file["filename"] == f"{batch['id']}_output.jsonl"
    assert file["line_count"] == 2
    assert file["expires_at"] == file["created_at"] + RESULTS_RETENTION_S
    listed = world.service.get("/files?purpose=batch_output").json["data"]
    assert listed == [file]
    report = world.service.get(f"/files/{file['id']}/validation").json
    assert (report["valid"], report["requests"], report["sha256"]) == (True, 2, file["sha256"])
    assert Service("another").get(f"/files/{file['id']}").status == 404
    held = world.service.get("/limits").json["usage"]
    assert held["files"] == 2
    assert world.service.delete(f"/files/{file['id']}").status == 200


def test_results_expire_when_the_batch_says(world: World) -> None:
    policy = {"anchor": "created_at", "seconds": 3_600}
    batch = world.ended(requests(1), output_expires_after=policy)
    file = world.service.get(f"/files/{batch['output_file_id']}").json
    assert file["expires_at"] == file["created_at"] + 3_600


def test_nothing_else_is_left_of_a_batch_that_has_ended(world: World) -> None:
    world.ended(requests(2))
    assert objects("batches/") == []
    assert len(objects("files/")) == 2


def test_a_file_that_is_deleted_does_not_end_its_batch(world: World) -> None:
    batch = world.create(requests(2))
    world.step("dispatcher")
    assert world.service.delete(f"/files/{batch['input_file_id']}").status == 200
    world.run()
    assert world.retrieve(batch)["request_counts"]["completed"] == 2


def test_the_endpoint_is_met_with_the_key_of_the_secret(world: World) -> None:
    world.ended(requests(1))
    assert world.endpoint.made_with[0][:2] == ("https://models.example.com/v1", ENDPOINT_KEY)


def test_batches_are_listed_newest_first(world: World) -> None:
    created = [world.create(requests(1))["id"] for _ in range(5)]
    first = world.service.get("/batches?limit=2").json
    assert [batch["id"] for batch in first["data"]] == created[:-3:-1]
    assert (first["object"], first["has_more"], first["last_id"]) == ("list", True, created[3])
    rest = world.service.get(f"/batches?limit=3&after={first['last_id']}").json
    assert [batch["id"] for batch in rest["data"]] == created[2::-1]
    assert rest["has_more"] is False


def test_accounts_do_not_see_each_others_batches(world: World) -> None:
    batch = world.create(requests(1))
    other = Service("another")
    empty = {"object": "list", "data": [], "first_id": "", "last_id": "", "has_more": False}
    assert other.get("/batches").json == empty
    for answer in (
        other.get(f"/batches/{batch['id']}"),
        other.post_json(f"/batches/{batch['id']}/cancel", {}),
        other.get("/batches/batch-01JD0000000000000000000000"),
        other.get("/batches/nonsense"),
    ):
        assert (answer.status, answer.json["code"]) == (404, "batch_not_found")
    asked = {"input_file_id": batch["input_file_id"], "endpoint": CHAT}
    refused = other.post_json("/batches", asked)
    assert (refused.status, refused.json["param"]) == (400, "input_file_id")


def test_an_input_must_be_a_file_of_requests(world: World) -> None:
    engine = Service(role="worker")
    output = engine.create_file(b"{}\n", purpose="batch_output").json["id"]
    refused = world.service.post_json("/batches", {"input_file_id": output, "endpoint": CHAT})
    assert refused.status == 400
    assert "'batch_output'" in refused.json["message"]
    asked = {"input_file_id": "file-01JD0000000000000000000000", "endpoint": CHAT}
    missing = world.service.post_json("/batches", asked)
    assert (missing.status, missing.json["code"]) == (400, "invalid_value")
    assert "There is no file" in missing.json["message"]


def test_the_same_idempotency_key_creates_one_batch(world: World) -> None:
    asked = json.dumps({"input_file_id": world.upload(requests(1)), "endpoint": CHAT}).encode()
    answers = [
        world.service.request("POST", "/batches", asked, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].json["id"] == answers[1].json["id"]
    assert len(world.service.get("/batches").json["data"]) == 1


def test_lines_for_another_endpoint_fail_the_batch_with_their_numbers(world: World) -> None:
    content = request_line(0) + request_line(1, "/v1/embeddings")
    batch = world.ended(content)
    assert (batch["status"], batch["output_file_id"]) == ("failed", None)
    (error,) = batch["errors"]["data"]
    assert (error["code"], error["line"], error["param"]) == ("mismatched_endpoint", 2, "url")
    assert world.endpoint.sent == {}
    assert objects("batches/") == []


def test_a_file_that_goes_before_it_was_read_fails_the_batch(world: World) -> None:
    batch = world.create(requests(1))
    world.service.delete(f"/files/{batch['input_file_id']}")
    world.run()
    failed = world.retrieve(batch)
    assert failed["status"] == "failed"
    assert failed["errors"]["data"][0]["code"] == "file_not_found"
    assert failed["failed_at"] is not None


def test_a_batch_that_was_not_begun_is_cancelled_at_once(world: World) -> None:
    batch = world.create(requests(2))
    cancelled = world.cancel(batch)
    assert (cancelled.status, cancelled.json["status"]) == (200, "cancelled")
    world.run()
    assert world.endpoint.sent == {}
    assert world.retrieve(batch)["status"] == "cancelled"


def test_what_is_answered_when_a_batch_is_cancelled_is_delivered(world: World) -> None:
    batch = world.create(requests(1_100))
    world.step("dispatcher")
    world.step("worker")
    assert world.cancel(batch).json["status"] == "cancelling"
    assert world.cancel(batch).json["status"] == "cancelling"
    world.run()
    cancelled = world.retrieve(batch)
    assert cancelled["status"] == "cancelled"
    assert cancelled["cancelled_at"] >= cancelled["cancelling_at"]
    assert cancelled["request_counts"] == {"total": 1_100, "completed": 500, "failed": 600}
    output, errors = world.results(cancelled)
    answered_once(output, errors, 1_100)
    assert {line["error"]["code"] for line in errors} == {"batch_cancelled"}
    again = world.cancel(batch)
    assert (again.status, again.json["code"]) == (400, "invalid_value")


def test_a_finished_batch_is_not_cancelled(world: World) -> None:
    batch = world.ended(requests(1))
    refused = world.cancel(batch)
    assert refused.status == 400
    assert "'completed'" in refused.json["message"]


def test_what_is_open_when_the_window_ends_expires(world: World, clock: Clock) -> None:
    batch = world.create(requests(600))
    world.step("dispatcher")
    world.step("worker")
    clock.ahead_s = 86_400
    world.run()
    expired = world.retrieve(batch)
    assert expired["status"] == "expired"
    assert expired["request_counts"]["total"] == 600
    output, errors = world.results(expired)
    answered_once(output, errors, 600)
    assert len(output) in (100, 500)
    assert {line["error"]["code"] for line in errors} == {"batch_expired"}


def test_a_batch_whose_file_is_never_checked_expires(world: World, clock: Clock) -> None:
    batch = world.create(requests(1))
    clock.ahead_s = 86_400
    world.run()
    expired = world.retrieve(batch)
    assert (expired["status"], expired["output_file_id"]) == ("expired", None)
    assert expired["expired_at"] is not None


def test_a_batch_is_kept_for_thirty_days_after_its_window(world: World, clock: Clock) -> None:
    batch = world.ended(requests(1))
    clock.ahead_s = 31 * 86_400 - 60
    assert world.service.get(f"/batches/{batch['id']}").status == 200
    clock.ahead_s = 31 * 86_400 + 60
    assert world.service.get(f"/batches/{batch['id']}").status == 404
    assert world.service.get("/batches").json["data"] == []


def test_the_endpoints_key_is_read_once_for_many_chunks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Any] = []
    real = clients.secrets_manager().get_secret_value

    def note(**request: Any) -> Any:
        read.append(request)
        return real(**request)

    monkeypatch.setattr(clients.secrets_manager(), "get_secret_value", note)
    world.ended(requests(1_501))
    assert len(read) == 1
