"""Routes of a REST API's proxy events: which function answers a method and a path.

Powertools' resolver does this and much more, for all of AWS's event types, and importing it takes a
fifth of a cold start. Paths match as the gateway matches them: whole, with or without slashes at
the end. What a path holds in place of `<name>` is passed on as it was sent.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from lambdas.domain.errors import RouteNotFound
from lambdas.domain.wire import Answer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]
JSON = "application/json"

_NAME = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True)
class Response:
    """An answer that is no plain 200 with JSON."""

    status: int
    media_type: str
    body: str | bytes | Answer
    headers: Mapping[str, str] = field(default_factory=dict)

    def proxied(self) -> Event:
        """As API Gateway takes it. Pure."""
        body, encoded = self.body, isinstance(self.body, bytes)
        if isinstance(body, Answer):
            body = body.json_body()
        elif isinstance(body, bytes):
            body = base64.b64encode(body).decode()
        headers = {"Content-Type": self.media_type, **self.headers}
        return {
            "statusCode": self.status,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "body": body,
            "isBase64Encoded": encoded,
        }


_Route = TypeVar("_Route", bound=Callable[..., Answer | Response])


class _Registered(NamedTuple):
    method: str
    path: re.Pattern[str]
    answer: Callable[..., Answer | Response]


class Router:
    """`event` and `lambda_context` are those of the request that is being answered."""

    def __init__(self, prefix: str) -> None:
        """`prefix` is the stage, which paths of a custom domain begin with."""
        self.event: Event = {}
        self.lambda_context: LambdaContext
        self._prefix = prefix
        self._routes: list[_Registered] = []

    def get(self, path: str) -> Callable[[_Route], _Route]:
        return self._route("GET", path)

    def post(self, path: str) -> Callable[[_Route], _Route]:
        return self._route("POST", path)

    def delete(self, path: str) -> Callable[[_Route], _Route]:
        return self._route("DELETE", path)

    def answer(self, event: Event, context: "LambdaContext") -> Response:
        """What the route returns. Raises RouteNotFound, and what the route raises."""
        self.event, self.lambda_context = event, context
        path: str = event["path"]
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            path = path.removeprefix(self._prefix)
        for route in self._routes:
            found = route.path.fullmatch(path) if route.method == event["httpMethod"] else None
            if found:
                answer = route.answer(**found.groupdict())
                return answer if isinstance(answer, Response) else Response(200, JSON, answer)
        raise RouteNotFound

    def _route(self, method: str, path: str) -> Callable[[_Route], _Route]:
        pattern = re.compile(_NAME.sub(r"(?P<\1>[^/]+)", path) + "/*")

        def register(route: _Route) -> _Route:
            self._routes.append(_Registered(method, pattern, route))
            return route

        return register
