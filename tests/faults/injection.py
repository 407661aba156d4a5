"""Faults between botocore and AWS: one call of a request fails, before it took effect or after.

Put in where botocore hands an attempt to the wire, below its retries and above moto, so that both
the retries and what AWS did are real. Calls are the code's; attempts at one are botocore's.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from unittest import mock

import botocore.endpoint
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse

from tests.integration.uploads.stopping import Stopped


class Fault(StrEnum):
    """What happens to one call. `once`: to botocore's first attempt. `for one request`: to all."""

    THROTTLED_ONCE = "throttled once"
    FAILED_ONCE = "5xx once"
    RESET_ONCE = "connection reset once"
    LOST_ONCE = "answer lost once"
    TWICE = "arrives twice"
    THROTTLED = "throttled for one request"
    FAILED = "5xx for one request"
    RESET = "connection reset for one request"
    LOST = "answers lost for one request"
    KILLED_BEFORE = "function ends before it"
    KILLED_AFTER = "function ends after it"
    DOWN = "5xx until the client gives up"


ONCE = {Fault.THROTTLED_ONCE, Fault.FAILED_ONCE, Fault.RESET_ONCE, Fault.LOST_ONCE, Fault.TWICE}
THROTTLES = {
    "dynamodb": (400, "ProvisionedThroughputExceededException"),
    "s3": (503, "SlowDown"),
    "sqs": (400, "ThrottlingException"),
}
Attempt = Callable[..., Any]


@dataclass
class Wire:
    """What passes: the calls so far, and the fault that is to meet one of them."""

    target: int | None = None
    """Which call of the first request, counted from 0."""
    fault: Fault | None = None
    calls: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    """Keys of objects that S3 joined: it sends an event about each."""
    met: bool = False
    _contexts: list[Any] = field(default_factory=list)
    _struck: list[Any] = field(default_factory=list)
    _answers: dict[str, Any] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def attempt(self, real: Attempt, endpoint: Any, request: Any, model: Any, context: Any) -> Any:
        with self._lock:
            number, first = self._count(model, context)
            if not self._strikes(number, model, context, first):
                return self._send(real, endpoint, request, model, context)
            self.met = True

            def send() -> Any:
                request.reset_stream()
                return self._send(real, endpoint, request, model, context)

            return self._strike(send, model)

    def _count(self, model: Any, context: Any) -> tuple[int, bool]:
        for number, known in enumerate(self._contexts):
            if known is context:
                return number, False
        self._contexts.append(context)
        self.calls.append(f"{model.service_model.service_name}.{model.name}")
        return len(self._contexts) - 1, True

    def _strikes(self, number: int, model: Any, context: Any, first: bool) -> bool:
        if self.target is None or self.fault is None:
            return False
        if self.fault is Fault.DOWN:
            name = f"{model.service_model.service_name}.{model.name}"
            return number >= self.target and name == self.calls[self.target]
        return number == self.target and (first or self.fault not in ONCE)

    def _send(self, real: Attempt, endpoint: Any, request: Any, model: Any, context: Any) -> Any:
        token = _token(request, model)
        if token in self._answers:
            return self._answers[token]
        answer = real(endpoint, request, model, context)
        done = answer[0] is not None and answer[0][0].status_code < 300
        if done and token is not None:
            self._answers[token] = answer
        if done and model.name == "CompleteMultipartUpload":
            self.joined.append(answer[0][1]["Key"])
        return answer

    def _strike(self, send: Callable[[], Any], model: Any) -> Any:
        match self.fault:
            case Fault.THROTTLED_ONCE | Fault.THROTTLED:
                return _refusal(*THROTTLES[model.service_model.service_name])
            case Fault.FAILED_ONCE | Fault.FAILED | Fault.DOWN:
                return _refusal(500, "InternalError")
            case Fault.RESET_ONCE | Fault.RESET:
                return None, ConnectionClosedError(endpoint_url="https://aws.example")
            case Fault.LOST_ONCE | Fault.LOST:
                send()
                return None, ReadTimeoutError(endpoint_url="https://aws.example")
            case Fault.TWICE:
                send()
                return send()
            case Fault.KILLED_AFTER:
                send()
        raise Stopped


def _refusal(status: int, code: str) -> Any:
    parsed = {
        "Error": {"Code": code, "Message": "injected"},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}},
    }
    response = AWSResponse("https://aws.example", status, HTTPHeaders(), MockRawResponse(b""))
    return (response, parsed), None


def _token(request: Any, model: Any) -> str | None:
    """DynamoDB does a transaction once for each token, which botocore keeps over its attempts, and
    answers a repetition as it did the first time; moto does it again."""
    if model.name != "TransactWriteItems":
        return None
    token: str = json.loads(request.body)["ClientRequestToken"]
    return token


@contextmanager
def on_the_wire(target: int | None = None, fault: Fault | None = None) -> Iterator[Wire]:
    """Meet call number `target` with `fault`; botocore and the stores do not wait in between."""
    wire = Wire(target, fault)
    real = botocore.endpoint.Endpoint._do_get_response  # type: ignore[attr-defined]  # untyped

    def attempt(endpoint: Any, request: Any, model: Any, context: Any) -> Any:
        return wire.attempt(real, endpoint, request, model, context)

    with (
        mock.patch.object(botocore.endpoint.Endpoint, "_do_get_response", attempt),
        mock.patch.object(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _: None)),
    ):
        yield wire
