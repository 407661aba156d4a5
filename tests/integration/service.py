"""The functions as a client meets them, without a gateway: recorded events in, answers out."""

import base64
import importlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lambdas import clients
from lambdas.domain.routes import routes
from tests.integration.recorded import recorded

ACCOUNT = "acme"
Handler = Callable[..., dict[str, Any]]

_PARAMETER = re.compile(r"{(\w+)}")

_RESOURCES = [
    (re.compile(_PARAMETER.sub(r"(?P<\1>[^/]+)", route.path) + "/?"), route)
    for route in routes(with_batches=True)
]


@dataclass
class Context:
    """What Lambda passes beside the event, as far as it is read."""

    function_name: str = "linegate"
    memory_limit_in_mb: int = 1769
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:linegate"
    aws_request_id: str = "e1506fd5-9e7b-434f-bd42-4f8fa224b599"
    remaining_ms: int = 29_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Form:
    """A multipart body, written out by hand so that a test controls every byte."""

    boundary: str = "linegate-boundary"
    parts: list[bytes] = field(default_factory=list)

    def text(self, name: str, value: str) -> "Form":
        return self._add(f'name="{name}"', "", value.encode())

    def file(self, content: bytes, filename: str | None = "in.jsonl", name: str = "file") -> "Form":
        named = "" if filename is None else f'; filename="{filename}"'
        media_type = "Content-Type: application/octet-stream\r\n"
        return self._add(f'name="{name}"{named}', media_type, content)

    @property
    def content_type(self) -> str:
        return f"multipart/form-data; boundary={self.boundary}"

    @property
    def body(self) -> bytes:
        return b"".join([*self.parts, f"--{self.boundary}--\r\n".encode()])

    def _add(self, disposition: str, headers: str, content: bytes) -> "Form":
        head = (
            f"--{self.boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{headers}\r\n"
        )
        self.parts.append(head.encode() + content + b"\r\n")
        return self


class Service:
    """One account's view of the service. AWS behind it is whatever the fixture set up."""

    def __init__(self, account: str = ACCOUNT, role: str = "client") -> None:
        self.account = account
        self.role = role

    def request(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        content_type: str | None = None,
        authorizer: dict[str, Any] | None = None,
        context: Context | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        event, handler = self.event(method, url, body, content_type, headers)
        if authorizer is not None:
            event["requestContext"]["authorizer"] = authorizer
        raw = handler(event, context or Context())
        content: str = raw["body"] or ""
        return Answer(
            raw["statusCode"],
            {name.lower(): ", ".join(v) for name, v in raw["multiValueHeaders"].items()},
            base64.b64decode(content) if raw.get("isBase64Encoded") else content.encode(),
        )

    def event(
        self,
        method: str,
        url: str,
        body: bytes | None,
        content_type: str | None,
        headers: dict[str, str] | None = None,
    ) -> tuple[dict[str, Any], Handler]:
        split = urlsplit(url)
        resource, path_parameters, handler = _route(split.path)
        event = recorded("rest_proxy")
        sent = dict(headers or {}) | ({"Content-Type": content_type} if content_type else {})
        event["headers"] |= sent
        event["multiValueHeaders"] |= {name: [value] for name, value in sent.items()}
        query = dict(parse_qsl(split.query, keep_blank_values=True)) or None
        event |= {
            "resource": resource,
            "path": split.path,
            "httpMethod": method,
            "queryStringParameters": query,
            "multiValueQueryStringParameters": {k: [v] for k, v in query.items()}
            if query
            else None,
            "pathParameters": path_parameters or None,
            "body": None if body is None else base64.b64encode(body).decode(),
            "isBase64Encoded": body is not None,
        }
        event["requestContext"]["authorizer"] |= {"account": self.account, "role": self.role}
        return event, handler

    def get(self, url: str) -> Answer:
        return self.request("GET", url)

    def delete(self, url: str) -> Answer:
        return self.request("DELETE", url)

    def post_form(self, url: str, form: Form) -> Answer:
        return self.request("POST", url, form.body, form.content_type)

    def post_json(self, url: str, fields: Any) -> Answer:
        return self.request("POST", url, json.dumps(fields).encode(), "application/json")

    def create_file(self, content: bytes, filename: str = "in.jsonl", **fields: str) -> Answer:
        form = Form().text("purpose", fields.pop("purpose", "batch"))
        for name, value in fields.items():
            form.text(name, value)
        return self.post_form("/files", form.file(content, filename))


@contextmanager
def recorded_calls() -> Iterator[list[str]]:
    """The AWS calls made inside, as `s3.PutObject`, retries not counted."""
    calls: list[str] = []

    def record(model: Any, **_: Any) -> None:
        calls.append(f"{model.service_model.service_name}.{model.name}")

    for client in watched_clients():
        client.meta.events.register("before-call", record)
    try:
        yield calls
    finally:
        for client in watched_clients():
            client.meta.events.unregister("before-call", record)


def watched_clients() -> tuple[Any, ...]:
    return (
        clients.s3(),
        clients.dynamodb(),
        clients.dynamodb_for_keys(),
        clients.dynamodb_once(),
    )


def _route(path: str) -> tuple[str, dict[str, str], Handler]:
    for pattern, route in _RESOURCES:
        if (match := pattern.fullmatch(path)) and route.function:
            return route.path, match.groupdict(), _handler(route.function)
    return path, {}, _handler("files")


def _handler(function: str) -> Handler:
    handler: Handler = importlib.import_module(f"lambdas.handlers.{function}").handler
    return handler
