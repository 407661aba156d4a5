"""One attempt over a real connection, whatever the endpoint does on it."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from lambdas.domain.batch_results import Answer, Failure
from lambdas.stores.model_endpoint import ModelEndpoint
from local.model_server import Server
from tests.integration.batches.model_server import served
from tests.ports import free_port

KEY = "sk-test"
CHAT = "/v1/chat/completions"
Model = tuple[str, Server]


@pytest.fixture
def model() -> Iterator[Model]:
    with served(KEY) as found:
        yield found


def endpoint(
    address: str, key: str | None = KEY, timeout_s: float = 5, most_bytes: int = 1 << 20
) -> ModelEndpoint:
    return ModelEndpoint(f"{address}/v1", key, timeout_s, most_bytes, 254, 4)


def body(**fields: Any) -> bytes:
    messages = [{"role": "user", "content": "Hi"}]
    return json.dumps({"model": "m", "messages": messages, **fields}).encode()


def test_an_answer_comes_back_as_it_was(model: Model) -> None:
    attempt = endpoint(model[0]).send(CHAT, body(), "batch_req-1")
    assert isinstance(attempt.answer, Answer)
    assert (attempt.answer.status, attempt.failure) == (200, None)
    said = json.loads(attempt.answer.body)
    assert said["choices"][0]["message"]["content"] == "You said: Hi"
    assert str(attempt.answer.request_id).startswith("req-")


@pytest.mark.parametrize("suffix", ["", "/"])
def test_the_request_url_follows_the_base_url(model: Model, suffix: str) -> None:
    address = f"{model[0]}/v1{suffix}"
    attempt = ModelEndpoint(address, KEY, 5, 1 << 20, 254, 1).send(CHAT, body(), "name")
    assert attempt.answer is not None
    assert attempt.answer.status == 200


def test_a_connection_is_kept_for_the_next_request(model: Model) -> None:
    sender = endpoint(model[0])
    for number in range(3):
        assert sender.send(CHAT, body(), f"name-{number}").answer is not None
    assert model[1].stats()["requests"] == 3


@pytest.mark.parametrize("key", ["wrong", None])
def test_without_the_key_it_is_refused(model: Model, key: str | None) -> None:
    attempt = endpoint(model[0], key).send(CHAT, body(), "name")
    assert attempt.answer is not None
    assert attempt.answer.status == 401


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_refusal_is_an_answer(model: Model, status: int) -> None:
    attempt = endpoint(model[0]).send(CHAT, body(fault={"status": status}), "name")
    assert attempt.answer is not None
    assert attempt.answer.status == status
    assert json.loads(attempt.answer.body)["error"]["message"]


def test_it_says_how_long_to_wait(model: Model) -> None:
    fault = {"status": 429, "retry_after": 7}
    assert endpoint(model[0]).send(CHAT, body(fault=fault), "name").retry_after_s == 7


def test_garbage_is_no_answer(model: Model) -> None:
    attempt = endpoint(model[0]).send(CHAT, body(fault={"garbage": True}), "name")
    assert attempt.failure is Failure.INVALID_RESPONSE


def test_what_breaks_off_is_no_answer(model: Model) -> None:
    sender = endpoint(model[0])
    attempt = sender.send(CHAT, body(fault={"close": True}), "name")
    assert (attempt.failure, attempt.unreachable) == (Failure.ENDPOINT_UNAVAILABLE, False)
    assert sender.send(CHAT, body(), "next").answer is not None


def test_an_answer_of_5_mb_passes_where_results_may_be_longer(model: Model) -> None:
    asked = body(fault={"bytes": 5_000_000})
    attempt = endpoint(model[0], most_bytes=8 << 20).send(CHAT, asked, "name")
    assert attempt.answer is not None
    assert len(attempt.answer.body) > 5_000_000


def test_an_answer_that_is_too_long_is_not_read_to_its_end(model: Model) -> None:
    sender = endpoint(model[0])
    attempt = sender.send(CHAT, body(fault={"bytes": 50_000_000}), "name")
    assert attempt.failure is Failure.RESPONSE_TOO_LARGE
    assert sender.send(CHAT, body(), "next").answer is not None


def test_an_answer_that_takes_too_long_is_given_up(model: Model) -> None:
    began = time.monotonic()
    attempt = endpoint(model[0], timeout_s=0.3).send(CHAT, body(fault={"delay_s": 3}), "name")
    assert attempt.failure is Failure.REQUEST_TIMEOUT
    assert time.monotonic() - began < 1.5


def test_an_answer_that_trickles_is_given_up_too() -> None:
    """Each read is quick; only all of them together take too long."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    ended = threading.Event()

    def trickle() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"1\r\n \r\n")
                except OSError:
                    return

    thread = threading.Thread(target=trickle)
    thread.start()
    began = time.monotonic()
    attempt = endpoint(f"http://127.0.0.1:{port}", timeout_s=0.5).send(CHAT, body(), "name")
    ended.set()
    thread.join()
    listening.close()
    assert attempt.failure is Failure.REQUEST_TIMEOUT
    assert time.monotonic() - began < 2


def test_where_nobody_listens_it_is_unreachable() -> None:
    attempt = endpoint(f"http://127.0.0.1:{free_port()}").send(CHAT, body(), "name")
    assert (attempt.failure, attempt.unreachable) == (Failure.ENDPOINT_UNAVAILABLE, True)


def test_a_host_without_a_name_is_unreachable() -> None:
    attempt = endpoint("http://nowhere.invalid").send(CHAT, body(), "name")
    assert attempt.unreachable


def test_a_redirect_is_not_followed_with_the_key(model: Model) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]

    def redirect() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(65_536)
            head = f"HTTP/1.1 307 Temporary\r\nLocation: {model[0]}{CHAT}\r\n"
            connection.sendall(head.encode() + b"Content-Length: 0\r\n\r\n")

    thread = threading.Thread(target=redirect)
    thread.start()
    attempt = endpoint(f"http://127.0.0.1:{port}").send(CHAT, body(), "name")
    thread.join()
    listening.close()
    assert attempt.answer is not None
    assert attempt.answer.status == 307
    assert model[1].stats()["requests"] == 0
