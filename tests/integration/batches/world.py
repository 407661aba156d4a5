"""Batches from request to result on moto: the queues are worked off by the functions' handlers.

The model endpoint is played by a rule; the network is for the contract tests.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from lambdas import clients, settings
from lambdas.domain.batch_results import Answer
from lambdas.domain.limits import MESSAGE_TRIES
from lambdas.domain.sending import Attempt
from lambdas.handlers import dispatcher, finisher, worker
from tests.integration.recorded import queued
from tests.integration.service import Context, Service
from tests.integration.uploads.stopping import Stopped

Json = dict[str, Any]
Rule = Callable[[Json, int], Attempt]
"""An answer for a request's body that was sent so often before."""

CHAT = "/v1/chat/completions"
LONG = 900_000


def request_line(number: int, url: str = CHAT, **body: Any) -> bytes:
    request = {
        "custom_id": f"r{number}",
        "method": "POST",
        "url": url,
        "body": {"model": "m", "number": number, **body},
    }
    return json.dumps(request).encode() + b"\n"


def requests(count: int) -> bytes:
    return b"".join(map(request_line, range(count)))


def said(status: int, **body: Any) -> Attempt:
    return Attempt(Answer(status, None, json.dumps(body).encode()))


def echo(body: Json, _before: int) -> Attempt:
    return said(200, number=body["number"], usage={"prompt_tokens": 2, "completion_tokens": 3})


@dataclass
class Endpoint:
    """Stands in for the HTTP client: same calls, answers by `rule`."""

    rule: Rule = echo
    sent: Counter[int] = field(default_factory=Counter)
    names: set[str] = field(default_factory=set)
    made_with: list[tuple[Any, ...]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def made(self, *arguments: Any) -> "Endpoint":
        self.made_with.append(arguments)
        return self

    def send(self, url: str, body: bytes, name: str) -> Attempt:
        assert url == CHAT
        fields = json.loads(body)
        with self.lock:
            before = self.sent[fields["number"]]
            self.sent[fields["number"]] += 1
            self.names.add(name)
        return self.rule(fields, before)


HANDLERS: dict[str, Callable[[Json, Any], Json]] = {
    "dispatcher": dispatcher.handler,
    "worker": worker.handler,
    "finisher": finisher.handler,
}
URLS = {name: getattr(settings, f"{name}_queue_url") for name in HANDLERS}
KILLED_S = 960
"""After so long the message of a killed function is received again, as its queue has it."""


class Clock:
    """The functions' clock, which a test can put forward."""

    def __init__(self) -> None:
        self.ahead_s = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.ahead_s * 1_000


@contextmanager
def undisturbed(_name: str, _message: Json) -> Iterator[None]:
    yield


@dataclass
class World:
    service: Service
    endpoint: Endpoint
    clock_ms: Clock
    steps: Counter[str] = field(default_factory=Counter)
    dead_letters: list[str] = field(default_factory=list)
    around: Callable[[str, Json], AbstractContextManager[Any]] = undisturbed
    """What surrounds each call of a function with a message."""

    def upload(self, content: bytes) -> str:
        answer = self.service.create_file(content)
        assert answer.status == 200, answer.json
        name: str = answer.json["id"]
        return name

    def create(self, content: bytes, **fields: Any) -> Json:
        asked = {"input_file_id": self.upload(content), "endpoint": CHAT, **fields}
        answer = self.service.post_json("/batches", asked)
        assert answer.status == 200, answer.json
        created: Json = answer.json
        return created

    def retrieve(self, batch: Json) -> Json:
        answer = self.service.get(f"/batches/{batch['id']}")
        assert answer.status == 200, answer.json
        found: Json = answer.json
        return found

    def cancel(self, batch: Json) -> Any:
        return self.service.post_json(f"/batches/{batch['id']}/cancel", {})

    def ended(self, content: bytes, **fields: Any) -> Json:
        """A batch that went through all steps."""
        batch = self.create(content, **fields)
        self.run()
        return self.retrieve(batch)

    def lines(self, file_id: str | None) -> list[Json]:
        if file_id is None:
            return []
        answer = self.service.get(f"/files/{file_id}/content")
        assert answer.status == 200
        return [json.loads(line) for line in answer.body.splitlines()]

    def results(self, batch: Json) -> tuple[list[Json], list[Json]]:
        return self.lines(batch["output_file_id"]), self.lines(batch["error_file_id"])

    def run(self, most: int = 1_000) -> None:
        """Work off all queues until they are empty."""
        for _ in range(most):
            steps = [self.step(name) for name in ("dispatcher", "worker", "finisher")]
            if True not in steps:
                return
        raise AssertionError("the queues never run empty")

    def step(self, name: str, context: Context | None = None) -> bool:
        """Hand one message to a function; whether there was one.

        A function that is killed does not answer: its message is received again after its lease.
        """
        url = URLS[name]()
        answer = clients.sqs().receive_message(QueueUrl=url, AttributeNames=["All"])
        for message in answer.get("Messages", []):
            handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
            self.steps[name] += 1
            try:
                failed = self.deliver(name, message, context)
            except Stopped:
                self.clock_ms.ahead_s += KILLED_S
                clients.sqs().change_message_visibility(**handle, VisibilityTimeout=0)
                return True
            if not failed["batchItemFailures"]:
                clients.sqs().delete_message(**handle)
            elif int(message["Attributes"]["ApproximateReceiveCount"]) >= MESSAGE_TRIES:
                self.dead_letters.append(message["Body"])
                clients.sqs().delete_message(**handle)
            return True
        return False

    def deliver(self, name: str, message: Any, context: Context | None = None) -> Json:
        event = queued(message["Body"])
        record = event["Records"][0]
        record |= {"messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"]}
        received = message["Attributes"]["ApproximateReceiveCount"]
        record["attributes"]["ApproximateReceiveCount"] = received
        with self.around(name, message):
            return HANDLERS[name](event, context or Context(remaining_ms=LONG))

    def waiting(self, name: str) -> int:
        """Messages in a queue."""
        answer = clients.sqs().get_queue_attributes(QueueUrl=URLS[name](), AttributeNames=["All"])
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def answered_once(output: list[Json], errors: list[Json], requests: int) -> None:
    """Every request is in exactly one of the two files, once, in the order of the input."""
    numbers = [[int(line["custom_id"][1:]) for line in lines] for lines in (output, errors)]
    assert all(found == sorted(found) for found in numbers)
    assert sorted(numbers[0] + numbers[1]) == list(range(requests))


def bodies(lines: list[Json]) -> Iterator[Json]:
    for line in lines:
        yield line["response"]["body"]
