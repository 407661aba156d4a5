"""Batches with the stock openai client, through the deployed functions and the model server."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from openai import BadRequestError, NotFoundError, OpenAI
from openai.types import Batch

from local.model_endpoint import KEY
from tests.contract.conftest import NewKey

CHAT: Final = "/v1/chat/completions"
ENDED = ("completed", "failed", "expired", "cancelled")
WAIT_S = 60
QUICK = 50


def line(number: int, **body: Any) -> bytes:
    request = {
        "custom_id": f"request-{number}",
        "method": "POST",
        "url": CHAT,
        "body": {
            "model": "reference",
            "messages": [{"role": "user", "content": f"Hello {number}"}],
            **body,
        },
    }
    return json.dumps(request).encode() + b"\n"


def create(client: OpenAI, content: bytes, **fields: Any) -> Batch:
    file = client.files.create(file=("requests.jsonl", content), purpose="batch")
    return client.batches.create(
        input_file_id=file.id, endpoint=CHAT, completion_window="24h", **fields
    )


def wait(client: OpenAI, batch: Batch, *statuses: str) -> Batch:
    until = time.monotonic() + WAIT_S
    while batch.status not in (statuses or ENDED):
        assert time.monotonic() < until, batch
        time.sleep(0.2)
        batch = client.batches.retrieve(batch.id)
    return batch


def mostly_slow(count: int) -> bytes:
    """Requests of which most take longer than a test: it has the time to end their batch.

    The fault is in each request, because other tests send to the same model server.
    """
    return b"".join(
        line(number, **({"fault": {"delay_s": 2.0}} if number >= QUICK else {}))
        for number in range(count)
    )


def wait_for_some_answers(client: OpenAI, batch: Batch) -> Batch:
    until = time.monotonic() + WAIT_S
    while batch.request_counts is None or not batch.request_counts.completed:
        assert batch.status not in ENDED, batch
        assert time.monotonic() < until, batch
        time.sleep(0.2)
        batch = client.batches.retrieve(batch.id)
    return batch


def lines(client: OpenAI, file_id: str | None) -> list[Any]:
    assert file_id is not None
    return [json.loads(text) for text in client.files.content(file_id).iter_lines()]


def test_a_batch_from_its_input_to_its_results(client: OpenAI) -> None:
    batch = create(client, b"".join(map(line, range(25))), metadata={"run": "1"})
    assert (batch.object, batch.status, batch.metadata) == ("batch", "validating", {"run": "1"})
    assert (batch.output_file_id, batch.error_file_id) == (None, None)
    batch = wait(client, batch)
    assert batch.status == "completed"
    assert batch.request_counts is not None
    assert batch.request_counts.model_dump() == {"total": 25, "completed": 25, "failed": 0}
    assert batch.usage is not None
    assert batch.usage.total_tokens > 0
    output = lines(client, batch.output_file_id)
    assert [answer["custom_id"] for answer in output] == [f"request-{n}" for n in range(25)]
    said = [a["response"]["body"]["choices"][0]["message"]["content"] for a in output]
    assert said == [f"You said: Hello {number}" for number in range(25)]
    assert batch.error_file_id is None
    file = client.files.retrieve(str(batch.output_file_id))
    assert (file.purpose, file.status) == ("batch_output", "processed")


def test_faults_on_the_way_cost_time_and_no_request(client: OpenAI) -> None:
    faults: list[dict[str, Any]] = [
        {"status": 500, "times": 1},
        {"status": 429, "times": 1, "retry_after": 1},
        {"garbage": True, "times": 1},
        {"close": True, "times": 1},
        {"delay_s": 1.0},
        {"bytes": 5_000_000},
    ]
    refused = [{"status": 400}, {"status": 404}]
    content = b"".join(line(n, fault=fault) for n, fault in enumerate([*faults, *refused]))
    batch = wait(client, create(client, content))
    assert batch.status == "completed"
    output, errors = lines(client, batch.output_file_id), lines(client, batch.error_file_id)
    assert [answer["custom_id"] for answer in output] == [f"request-{n}" for n in range(6)]
    assert [error["custom_id"] for error in errors] == ["request-6", "request-7"]
    assert [error["response"]["status_code"] for error in errors] == [400, 404]


def test_a_batch_that_is_cancelled_delivers_what_is_answered(client: OpenAI) -> None:
    batch = wait_for_some_answers(client, create(client, mostly_slow(1_000)))
    assert client.batches.cancel(batch.id).status == "cancelling"
    batch = wait(client, batch)
    assert (batch.status, batch.cancelled_at is not None) == ("cancelled", True)
    counts = batch.request_counts
    assert counts is not None
    assert counts.completed + counts.failed == counts.total == 1_000
    assert counts.completed > 0
    assert counts.failed > 0
    numbers = [
        int(answer["custom_id"].removeprefix("request-"))
        for file_id in (batch.output_file_id, batch.error_file_id)
        for answer in (lines(client, file_id) if file_id else [])
    ]
    assert sorted(numbers) == list(range(1_000))
    with pytest.raises(BadRequestError):
        client.batches.cancel(batch.id)


def test_batches_are_listed_by_pages(client: OpenAI, base_url: str, new_key: NewKey) -> None:
    file = client.files.create(file=("requests.jsonl", line(0)), purpose="batch")
    created = [
        client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h").id
        for _ in range(3)
    ]
    assert [batch.id for batch in client.batches.list(limit=2)] == created[::-1]
    with OpenAI(base_url=base_url, api_key=new_key(), max_retries=0) as other:
        assert other.batches.list().data == []
        with pytest.raises(NotFoundError) as error:
            other.batches.retrieve(created[0])
        assert error.value.code == "batch_not_found"


def test_what_cannot_be_a_batch_is_refused_at_once(client: OpenAI) -> None:
    file = client.files.create(file=("requests.jsonl", line(0)), purpose="batch")
    for fields, param in (
        ({"input_file_id": "file-01JD0000000000000000000000"}, "input_file_id"),
        ({"endpoint": "/v1/images"}, "endpoint"),
        ({"completion_window": "48h"}, "completion_window"),
        ({"metadata": {"k": "v" * 513}}, "metadata"),
    ):
        asked: dict[str, Any] = {
            "input_file_id": file.id,
            "endpoint": CHAT,
            "completion_window": "24h",
        }
        with pytest.raises(BadRequestError) as error:
            client.batches.create(**asked | fields)
        assert error.value.param == param


def test_no_log_has_the_endpoints_key_or_what_was_asked(
    client: OpenAI, aws: Callable[[str], Any]
) -> None:
    secret = "what-nobody-else-should-read"
    content = line(0, user=secret) + line(1, user=secret, fault={"status": 400})
    wait(client, create(client, content))
    logs = aws("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        events = logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        for event in events:
            assert secret not in event["message"]
            assert KEY not in event["message"]


KLUSTER_CONTENT = """\
# Get the status of the Batch, which returns the output_file_id
batch_status = client.batches.retrieve(batch_request.id)

# Check if the Batch completed successfully
if batch_status.status.lower() == "completed":
    # Retrieve the results
    result_file_id = batch_status.output_file_id
    results = client.files.content(result_file_id).content

    # Save results to a file
    result_file_name = "batch_results.jsonl"
    with open(result_file_name, "wb") as file:
        file.write(results)
    print(f"Results saved to {result_file_name}")
else:
    print(f"Batch failed with status: {batch_status.status}")
"""
"""kluster.ai's reference, retrieve file content, as it stands there behind the client's lines."""


def test_klusters_example_runs_as_it_is(
    client: OpenAI,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    request = wait(client, create(client, b"".join(map(line, range(3)))))
    exec(KLUSTER_CONTENT, {"client": client, "batch_request": request})  # noqa: S102  # the example
    assert capsys.readouterr().out == "Results saved to batch_results.jsonl\n"
    saved = (tmp_path / "batch_results.jsonl").read_text().splitlines()
    assert [json.loads(text)["custom_id"] for text in saved] == [f"request-{n}" for n in range(3)]


def test_every_request_url_is_answered(client: OpenAI) -> None:
    asked: dict[Any, tuple[dict[str, Any], str]] = {
        "/v1/chat/completions": (
            {"messages": [{"role": "user", "content": "Hi"}]},
            "chat.completion",
        ),
        "/v1/completions": ({"prompt": "Hi"}, "text_completion"),
        "/v1/embeddings": ({"input": ["Hi", "Ho"]}, "list"),
        "/v1/responses": ({"input": "Hi"}, "response"),
    }
    batches = []
    for url, (body, _) in asked.items():
        request = {"custom_id": url, "method": "POST", "url": url}
        content = json.dumps(request | {"body": {"model": "reference", **body}}).encode()
        file = client.files.create(file=("requests.jsonl", content), purpose="batch")
        batches.append(
            client.batches.create(input_file_id=file.id, endpoint=url, completion_window="24h")
        )
    for batch, (_, kind) in zip(batches, asked.values(), strict=True):
        (answer,) = lines(client, wait(client, batch).output_file_id)
        assert answer["response"]["status_code"] == 200
        assert answer["response"]["body"]["object"] == kind
