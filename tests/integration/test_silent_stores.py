"""AWS accepts connections and never answers: every function ends in time, by its own deadline.

Real sockets, because timeouts are botocore's and urllib3's. The numbers are scaled down but for one
request; that they fit the platform's limits is in tests/infrastructure/test_functions.py.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import pytest

from lambdas import clients, deadline, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.ids import file_id, new_ulid, upload_id
from lambdas.domain.usage import Usage
from lambdas.handlers import authorizer, finalizer
from lambdas.stores import usage_table
from linegate.api_keys import new_api_key
from tests.integration.conftest import forget, set_environment
from tests.integration.recorded import recorded
from tests.integration.service import Context, Form, Service

FILE = file_id(new_ulid(0))
UPLOAD = upload_id(new_ulid(0))
LINE = b'{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"m"}}\n'
PROMISED_S = 25


@dataclass
class SilentServer:
    """Accepts what connects, on loopback, reads nothing and answers nothing."""

    connections: list[socket.socket] = field(default_factory=list)

    @contextmanager
    def serving(self) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
            thread = threading.Thread(target=self._accept, args=(server,), daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.getsockname()[1]}"
            finally:
                server.shutdown(socket.SHUT_RDWR)
                thread.join()
                for connection in self.connections:
                    connection.close()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:  # closed by the test
                return
            self.connections.append(connection)


@pytest.fixture
def aws_is_silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentServer]:
    set_environment(monkeypatch)
    server = SilentServer()
    with server.serving() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        forget()
        yield server
    forget()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of every time, and less between a deadline and the last attempt before it."""
    for module, name in (
        (clients, "CONNECT_TIMEOUT_S"),
        (clients, "READ_TIMEOUT_S"),
        (clients, "SHORTEST_READ_S"),
        (clients, "KEYS_CONNECT_TIMEOUT_S"),
        (clients, "KEYS_READ_TIMEOUT_S"),
        (deadline, "REQUEST_BUDGET_S"),
        (deadline, "AUTHORIZER_BUDGET_S"),
    ):
        monkeypatch.setattr(module, name, getattr(module, name) / 10)


REQUESTS: dict[str, tuple[str, str, bytes | None, str | None]] = {
    "create": (
        "POST",
        "/files",
        Form().text("purpose", "batch").file(LINE).body,
        Form().content_type,
    ),
    "list": ("GET", "/files", None, None),
    "retrieve": ("GET", f"/files/{FILE}", None, None),
    "content": ("GET", f"/files/{FILE}/content", None, None),
    "delete": ("DELETE", f"/files/{FILE}", None, None),
    "begin": (
        "POST",
        "/uploads",
        b'{"filename":"a","purpose":"batch","bytes":5}',
        "application/json",
    ),
    "look": ("GET", f"/uploads/{UPLOAD}", None, None),
    "part": (
        "POST",
        f"/uploads/{UPLOAD}/parts",
        Form().file(b"x" * (4 << 20), name="data").body,
        Form().content_type,
    ),
    "complete": ("POST", f"/uploads/{UPLOAD}/complete", b"{}", "application/json"),
    "cancel": ("POST", f"/uploads/{UPLOAD}/cancel", None, None),
}


@pytest.mark.parametrize(
    ("name", "idempotency_key"),
    [*((name, None) for name in REQUESTS), ("create", "k"), ("begin", "k")],
)
def test_every_request_is_asked_to_come_again(
    quick: None, aws_is_silent: SilentServer, name: str, idempotency_key: str | None
) -> None:
    headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
    answer = Service().request(*REQUESTS[name], headers=headers)
    assert (answer.status, answer.headers.get("retry-after")) == (503, "2")
    assert aws_is_silent.connections


def test_a_request_is_answered_while_the_gateway_still_waits(aws_is_silent: SilentServer) -> None:
    """With the numbers as they are deployed."""
    began = monotonic()
    answer = Service().request(*REQUESTS["begin"])
    assert (answer.status, answer.headers.get("retry-after")) == (503, "2")
    assert monotonic() - began < PROMISED_S
    assert len(aws_is_silent.connections) > 1


def test_calls_that_follow_each_other_have_one_deadline(
    quick: None, aws_is_silent: SilentServer
) -> None:
    """The first is given up after it and none of the others is sent."""
    with deadline.within(deadline.REQUEST_BUDGET_S):
        with pytest.raises(Exception, match="timeout"):
            clients.dynamodb_for_keys().list_tables()
        with pytest.raises(clients.OutOfTime):
            clients.s3().list_buckets()
        sent = len(aws_is_silent.connections)
        for call in (clients.dynamodb().list_tables, clients.sqs().list_queues):
            with pytest.raises(clients.OutOfTime):
                call()
        assert len(aws_is_silent.connections) == sent


def test_a_release_is_attempted_once(quick: None, aws_is_silent: SilentServer) -> None:
    """An answer that was lost may have been a success, and a second release would be too much."""
    assert usage_table.release("acme", Usage(files=1), since=0) is None
    assert len(aws_is_silent.connections) == 1
    with pytest.raises(Unavailable):
        usage_table.reserve("acme", Usage(files=1), settings.limits())
    assert len(aws_is_silent.connections) > 2, "to reserve twice is only too careful"


def test_the_authorizer_tries_again_before_its_end(aws_is_silent: SilentServer) -> None:
    """With the numbers as they are deployed."""
    _, text = new_api_key("acme", "test", now=0)
    sent = {"Authorization": f"Bearer {text}"}
    context: Any = Context(remaining_ms=5_000)
    event = recorded("request_authorizer") | {"headers": sent, "multiValueHeaders": {}}
    began = monotonic()
    with pytest.raises(authorizer.AuthorizerFailed):
        authorizer.handler(event, context)
    assert monotonic() - began < 5
    assert len(aws_is_silent.connections) >= 2


def test_the_finalizer_gives_its_message_back_before_its_end(
    quick: None, aws_is_silent: SilentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "END_RESERVE_S", 0.5)
    context: Any = Context(remaining_ms=1_500)
    answer = finalizer.handler(recorded("sqs_object_created"), context)
    assert len(answer["batchItemFailures"]) == 1
