"""What the API's functions share: the resolver, the caller, and one answer for every error.

Each request is logged once, by its outcome, with ids only (audit).
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit

from lambdas import deadline, settings
from lambdas.domain.cors import cors_headers
from lambdas.domain.errors import (
    ApiError,
    InternalError,
    InvalidApiKey,
    RequestTooLarge,
    RouteNotFound,
)
from lambdas.domain.headers import ALWAYS_SENT
from lambdas.domain.idempotency import HEADER, Repeatable, digest_of, parse_key
from lambdas.domain.limits import FORM_OVERHEAD_BYTES
from lambdas.domain.routes import STAGE
from lambdas.domain.wire import Answer
from lambdas.handlers.audit import log_outcome, mark_refused
from lambdas.handlers.clock import now_ms
from lambdas.observability import describe_error, logger, metrics
from linegate.api_keys import Role

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the authorizer says is calling."""

    account: str
    key_id: str
    role: Role


def new_api() -> APIGatewayRestResolver:
    """A resolver whose routes return an Answer or a Response and raise ApiError."""
    app = APIGatewayRestResolver(serializer=_serialize, strip_prefixes=[f"/{STAGE}"])
    app.exception_handler(ApiError)(_refuse)
    app.exception_handler(Exception)(_fail)
    app.not_found(lambda _: error_response(RouteNotFound()))
    return app


def serve(app: APIGatewayRestResolver, event: Event, context: "LambdaContext") -> Event:
    """Answer one API Gateway event, with its request id, and log the outcome."""
    started_ms = now_ms()
    request_id = event["requestContext"]["requestId"]
    logger.append_keys(request_id=request_id)
    with deadline.within(deadline.REQUEST_BUDGET_S):
        answer: Event = app.resolve(event, context)
    headers = answer.setdefault("multiValueHeaders", {})
    headers["x-request-id"] = [request_id]
    for name, value in ALWAYS_SENT.items():
        headers[name] = [value]
    for name, value in cors_headers(_origin(event), settings.allowed_origins()).items():
        headers[name] = [value]
    log_outcome(event, answer["statusCode"], now_ms() - started_ms)
    metrics.add_metric(f"Answers{answer['statusCode'] // 100}xx", MetricUnit.Count, 1)
    return answer


def caller(app: APIGatewayRestResolver) -> Caller:
    """The caller, from nothing but the authorizer's context.

    Raises InvalidApiKey where the context is empty: a request that went round the authorizer.
    """
    context = app.current_event.raw_event["requestContext"].get("authorizer") or {}
    account, key_id = context.get("account"), context.get("key_id")
    if not account or not key_id:
        logger.error("a request reached the handler without an account")
        raise InvalidApiKey
    return Caller(account, key_id, Role(context.get("role", Role.CLIENT)))


def query(app: APIGatewayRestResolver) -> dict[str, str]:
    return dict(app.current_event.query_string_parameters or {})


def content_type(app: APIGatewayRestResolver) -> str:
    return app.current_event.headers.get("content-type") or ""


def direct_body(
    app: APIGatewayRestResolver, too_large: Callable[[int], ApiError] = RequestTooLarge
) -> bytes:
    """The request's bytes. Raises `too_large` above the direct limit, before decoding them."""
    event = app.current_event.raw_event
    body: str = event.get("body") or ""
    limits = settings.limits()
    most = limits.direct_bytes + FORM_OVERHEAD_BYTES
    encoded = bool(event.get("isBase64Encoded"))
    if len(body) > (-(-most // 3) * 4 if encoded else most):
        raise too_large(limits.direct_bytes)
    return base64.b64decode(body) if encoded else body.encode()


def repeatable(
    app: APIGatewayRestResolver, account: str, route: str, *asked: str | int | bytes
) -> Repeatable | None:
    """The request under the client's own key; None where it sent none. Raises InvalidValue."""
    event = app.current_event.raw_event
    several: dict[str, list[str]] = event.get("multiValueHeaders") or {
        name: [value] for name, value in (event.get("headers") or {}).items()
    }
    key = parse_key([v for n, vs in several.items() if n.lower() == HEADER.lower() for v in vs])
    return None if key is None else Repeatable(account, route, key, digest_of(*asked))


def error_response(error: ApiError) -> Response[str]:
    headers: dict[str, str | list[str]] = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    return Response(error.status, JSON, json.dumps(error.body(), ensure_ascii=False), headers)


def _origin(event: Event) -> str | None:
    """The web origin of the page that asks, where it is one."""
    sent: dict[str, str] = event.get("headers") or {}
    return next((value for name, value in sent.items() if name.lower() == "origin"), None)


def _refuse(error: ApiError) -> Response[str]:
    mark_refused(error.code)
    if error.status >= 500:
        logger.warning("unavailable", cause=describe_error(error.__cause__))
    return error_response(error)


def _fail(error: Exception) -> Response[str]:
    if isinstance(error, NotFoundError):
        return error_response(RouteNotFound())
    mark_refused(InternalError.code)
    logger.exception("unexpected")
    return error_response(InternalError())


def _serialize(answer: Any) -> str:
    """What a route returned; Powertools types it as a dict, and ours are Answers."""
    return Answer.json_body(answer)
