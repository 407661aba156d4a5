"""A reference model server: an OpenAI-compatible endpoint for trying batches out, without a model.

    python model_server.py PORT

It serves on loopback only and ends when its standard input closes. Answers are deterministic: they
repeat what was asked, so that a test knows what must come back. Where LINEGATE_MODEL_KEY is set,
requests without that key are refused.

Faults on demand, in a request's body or for all requests by PUT /faults (DELETE /faults ends them):

| `"fault": {…}`            | what happens                                                     |
|---------------------------|------------------------------------------------------------------|
| `"status": 500`           | an error with this status                                        |
| `"retry_after": 2`        | with this `Retry-After`                                          |
| `"delay_s": 1.5`          | the answer comes later                                           |
| `"bytes": 5000000`        | the answer has so many bytes more                                |
| `"garbage": true`         | the answer is not JSON                                           |
| `"close": true`           | the connection closes in the middle of the answer                |
| `"times": 2`              | only the first two attempts of a request (its Idempotency-Key)   |

GET /stats counts requests, and the most that were under way at the same time.
"""

import asyncio
import hashlib
import json
import os
import sys
from collections import Counter
from http import HTTPStatus
from typing import Any

Json = dict[str, Any]

CREATED_AT = 1_700_000_000
MOST_HEAD_BYTES = 64 << 10
EMBEDDING = 8
"""Dimensions of an embedding."""


class Server:
    """What connections share: the fault for all requests, and what is counted."""

    def __init__(self, key: str | None) -> None:
        self.key = key
        self.fault: Json = {}
        self.attempts: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.under_way = 0
        self.most_under_way = 0

    def stats(self) -> Json:
        return {
            "requests": sum(self.statuses.values()),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "distinct": len(self.attempts),
            "most_under_way": self.most_under_way,
        }


class Connection(asyncio.Protocol):
    """One client: requests one after the other, each answered before the next is read."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._received = bytearray()
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._next()

    def _next(self) -> None:
        """Begin with the next request, if all of it is there."""
        if self._busy:
            return
        head, found, _ = self._received.partition(b"\r\n\r\n")
        if not found:
            if len(head) > MOST_HEAD_BYTES:
                self._transport.close()
            return
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (field.partition(":") for field in fields)
        }
        size = len(head) + 4 + int(headers.get("content-length", "0"))
        if len(self._received) < size:
            return
        body = bytes(self._received[len(head) + 4 : size])
        del self._received[:size]
        method, path, *_ = line.split(" ")
        self._busy = True
        self._answer(method, path, headers, body)

    def _answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        match method, path:
            case "GET", "/stats":
                self._send(200, self._server.stats())
            case "PUT", "/faults":
                self._server.fault = json.loads(body)
                self._send(200, self._server.fault)
            case "DELETE", "/faults":
                self._server.fault = {}
                self._send(200, {})
            case "GET", "/v1/models":
                self._send(200, {"object": "list", "data": []})
            case "POST", _ if path.removeprefix("/v1/") in ANSWERS:
                self._complete(path.removeprefix("/v1/"), headers, body)
            case _:
                self._send(404, error(f"There is no {method} {path}."))

    def _complete(self, operation: str, headers: dict[str, str], body: bytes) -> None:
        server = self._server
        if server.key and headers.get("authorization") != f"Bearer {server.key}":
            self._count(401)
            self._send(401, error("The API key is wrong."))
            return
        try:
            asked = json.loads(body)
        except ValueError:
            self._count(400)
            self._send(400, error("The body is not JSON."))
            return
        name = headers.get("idempotency-key") or hashlib.sha256(body).hexdigest()
        server.attempts[name] += 1
        fault = asked.get("fault") or server.fault
        if "times" in fault and server.attempts[name] > fault["times"]:
            fault = {}
        server.under_way += 1
        server.most_under_way = max(server.most_under_way, server.under_way)
        if delay_s := fault.get("delay_s"):
            asyncio.get_running_loop().call_later(
                delay_s, self._finish, operation, asked, fault, name
            )
        else:
            self._finish(operation, asked, fault, name)

    def _finish(self, operation: str, asked: Json, fault: Json, name: str) -> None:
        self._server.under_way -= 1
        status = fault.get("status", 200)
        self._count(status)
        extra = {}
        if "retry_after" in fault:
            extra["Retry-After"] = str(fault["retry_after"])
        if status != 200:
            self._send(status, error(f"As asked for: {status}."), extra)
            return
        answer = ANSWERS[operation](asked, hashlib.sha256(name.encode()).hexdigest()[:24])
        if "bytes" in fault:
            answer["padding"] = "x" * fault["bytes"]
        content = b"<html>no JSON" if fault.get("garbage") else json.dumps(answer).encode()
        self._write(200, content, extra, cut=bool(fault.get("close")))

    def _count(self, status: int) -> None:
        self._server.statuses[status] += 1

    def _send(self, status: int, answer: Json, extra: dict[str, str] | None = None) -> None:
        self._write(status, json.dumps(answer).encode(), extra or {})

    def _write(
        self, status: int, content: bytes, extra: dict[str, str], *, cut: bool = False
    ) -> None:
        head = [
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase if status in STATUSES else 'Status'}",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            f"x-request-id: req-{hashlib.sha256(content).hexdigest()[:16]}",
            *(f"{name}: {value}" for name, value in extra.items()),
        ]
        body = content[: len(content) // 2] if cut else content
        self._transport.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        if cut:
            self._transport.close()
            return
        self._busy = False
        self._next()


STATUSES = frozenset(int(status) for status in HTTPStatus)


def error(message: str) -> Json:
    return {"error": {"message": message, "type": "model_server", "param": None, "code": None}}


def text_of(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)


def usage(asked: str, told: str) -> Json:
    sent, made = len(asked.split()), len(told.split())
    return {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made}


def chat_completion(asked: Json, name: str) -> Json:
    """The last message, repeated."""
    messages = asked.get("messages") or [{}]
    said = text_of(messages[-1].get("content", ""))
    told = f"You said: {said}"
    return {
        "id": f"chatcmpl-{name}",
        "object": "chat.completion",
        "created": CREATED_AT,
        "model": asked.get("model"),
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": told},
                "finish_reason": "stop",
            }
        ],
        "usage": usage(said, told),
    }


def completion(asked: Json, name: str) -> Json:
    """The prompt, repeated."""
    said = text_of(asked.get("prompt", ""))
    told = f"You said: {said}"
    return {
        "id": f"cmpl-{name}",
        "object": "text_completion",
        "created": CREATED_AT,
        "model": asked.get("model"),
        "choices": [{"index": 0, "text": told, "finish_reason": "stop", "logprobs": None}],
        "usage": usage(said, told),
    }


def embeddings(asked: Json, _name: str) -> Json:
    """Numbers that depend on each input's text alone."""
    inputs = asked.get("input", "")
    texts = inputs if isinstance(inputs, list) else [inputs]
    return {
        "object": "list",
        "model": asked.get("model"),
        "data": [
            {"object": "embedding", "index": index, "embedding": embedding(text_of(text))}
            for index, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": len(texts), "total_tokens": len(texts)},
    }


def embedding(text: str) -> list[float]:
    digest = hashlib.sha256(text.encode()).digest()
    return [byte / 255 for byte in digest[:EMBEDDING]]


def response(asked: Json, name: str) -> Json:
    """The input, repeated."""
    said = text_of(asked.get("input", ""))
    told = f"You said: {said}"
    sent, made = len(said.split()), len(told.split())
    return {
        "id": f"resp_{name}",
        "object": "response",
        "created_at": CREATED_AT,
        "status": "completed",
        "model": asked.get("model"),
        "output": [
            {
                "id": f"msg_{name}",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": told, "annotations": []}],
            }
        ],
        "usage": {
            "input_tokens": sent,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": made,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": sent + made,
        },
    }


ANSWERS = {
    "chat/completions": chat_completion,
    "completions": completion,
    "embeddings": embeddings,
    "responses": response,
}


async def run(port: int) -> None:
    """Serve until standard input closes."""
    server = Server(os.environ.get("LINEGATE_MODEL_KEY"))
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Connection(server), "127.0.0.1", port, backlog=512)
    async with listening:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1])))
