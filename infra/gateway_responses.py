"""The gateway's own errors, in the shapes of all the others. Pure but for the last function.

The texts are constant. AWS's own message for a request that matches no route quotes the whole
Authorization header, so `$context.error.message` appears in no answer and no log.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from aws_cdk import aws_apigateway as apigateway

from infra.config import Config
from lambdas.domain.cors import EXPOSED_HEADERS
from lambdas.domain.errors import (
    ApiError,
    InternalError,
    InvalidApiKey,
    RequestTooLarge,
    RouteNotFound,
)
from lambdas.domain.headers import ALWAYS_SENT
from lambdas.domain.limits import Limits
from linegate.jsonl.error_body import error_body

REQUEST_ID_HEADER = "x-request-id"
REQUEST_ID = "context.requestId"

THROTTLED_RETRY_S = 1
"""Throttling counts by the second (API Gateway, token bucket)."""

QUOTA_RETRY_S = 3_600


class GatewayError(NamedTuple):
    """One answer. `status` None leaves the gateway's own. `retry_after_s` becomes Retry-After."""

    status: int | None
    type: str
    code: str
    message: str
    retry_after_s: int | None = None

    @classmethod
    def of(cls, error: ApiError) -> "GatewayError":
        """The same as the functions answer it."""
        return cls(error.status, error.type, error.code, error.message)

    def body(self) -> str:
        """A template without anything of the request."""
        return json.dumps(error_body(self.message, self.type, self.code))


INVALID_KEY = GatewayError.of(InvalidApiKey())

# An unknown route or method; the gateway cannot tell the two apart and calls both a missing token.
# It takes an Authorization header for a signature, which no route of this API uses.
NOT_FOUND = GatewayError.of(RouteNotFound())

BAD_REQUEST = GatewayError(
    400, "invalid_request_error", "invalid_value", "The request is not valid."
)


def _internal(status: int | None) -> GatewayError:
    return GatewayError.of(InternalError())._replace(status=status)


def rate_limit_error(retry_after_s: int) -> GatewayError:
    return GatewayError(
        429,
        "rate_limit_error",
        "rate_limit_exceeded",
        f"Too many requests. Please try again after {retry_after_s} s.",
        retry_after_s,
    )


def gateway_errors(limits: Limits) -> dict[str, GatewayError]:
    """The answer for every type of gateway response that AWS documents for REST APIs."""
    return {
        "ACCESS_DENIED": INVALID_KEY,
        "API_CONFIGURATION_ERROR": _internal(500),
        "AUTHORIZER_CONFIGURATION_ERROR": _internal(500),
        "AUTHORIZER_FAILURE": _internal(500),
        "BAD_REQUEST_BODY": BAD_REQUEST,
        "BAD_REQUEST_PARAMETERS": BAD_REQUEST,
        "DEFAULT_4XX": BAD_REQUEST._replace(status=None),
        "DEFAULT_5XX": _internal(None),
        "EXPIRED_TOKEN": NOT_FOUND,
        "INTEGRATION_FAILURE": _internal(504),
        "INTEGRATION_TIMEOUT": _internal(504),
        "INVALID_API_KEY": INVALID_KEY,
        "INVALID_SIGNATURE": NOT_FOUND,
        "MISSING_AUTHENTICATION_TOKEN": NOT_FOUND,
        "QUOTA_EXCEEDED": rate_limit_error(QUOTA_RETRY_S),
        "REQUEST_TOO_LARGE": GatewayError.of(RequestTooLarge(limits.direct_bytes)),
        "RESOURCE_NOT_FOUND": NOT_FOUND,
        "THROTTLED": rate_limit_error(THROTTLED_RETRY_S),
        "UNAUTHORIZED": INVALID_KEY,
        "UNSUPPORTED_MEDIA_TYPE": GatewayError(
            415,
            "invalid_request_error",
            "unsupported_media_type",
            "This route does not take this content type.",
        ),
        "WAF_FILTERED": GatewayError(
            403,
            "invalid_request_error",
            "request_blocked",
            "The request was blocked by a firewall.",
        ),
    }


def answers_origin(config: Config) -> str | None:
    """The Access-Control-Allow-Origin of an error of the gateway, which cannot compare origins.

    The one allowed origin, or any: an error holds nothing, and no cookie is ever a credential here.
    """
    if not config.allowed_origins:
        return None
    return config.allowed_origins[0] if len(config.allowed_origins) == 1 else "*"


def quote_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Constant values as API Gateway's mappings write them."""
    return {name: f"'{value}'" for name, value in headers.items()}


def add_gateway_responses(api: apigateway.RestApi, config: Config) -> None:
    origin = answers_origin(config)
    for response_type, error in gateway_errors(config.limits).items():
        headers = {REQUEST_ID_HEADER: REQUEST_ID, **quote_headers(ALWAYS_SENT)}
        if error.retry_after_s is not None:
            headers["Retry-After"] = f"'{error.retry_after_s}'"
        if origin is not None:
            headers["Access-Control-Allow-Origin"] = f"'{origin}'"
            headers["Access-Control-Expose-Headers"] = f"'{EXPOSED_HEADERS}'"
        api.add_gateway_response(
            response_type.title().replace("_", ""),
            type=apigateway.ResponseType.of(response_type),
            status_code=None if error.status is None else str(error.status),
            response_headers=headers,
            templates={"application/json": error.body()},
        )
