"""Answers that the gateway gives without a function: the warm-up and browsers' preflights.

Every body counts as binary in this API, and a mapping template takes text, hence CONVERT_TO_TEXT
on both sides of each mock.
"""

from aws_cdk import aws_apigateway as apigateway

from infra.config import Config
from infra.gateway_responses import REQUEST_ID, REQUEST_ID_HEADER, quote_headers
from lambdas.domain.cors import EXPOSED_HEADERS
from lambdas.domain.headers import ALWAYS_SENT

PREFLIGHT_MAX_AGE_S = 3_600
ALLOWED_HEADERS = ",".join(
    (
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "X-Requested-With",
        # What the openai and Cerebras clients send with every request, in a browser too.
        "X-Stainless-Arch",
        "X-Stainless-Async",
        "X-Stainless-Custom-Event-Handler",
        "X-Stainless-Custom-Poll-Interval",
        "X-Stainless-Helper-Method",
        "X-Stainless-Lang",
        "X-Stainless-OS",
        "X-Stainless-Package-Version",
        "X-Stainless-Poll-Helper",
        "X-Stainless-Raw-Response",
        "X-Stainless-Read-Timeout",
        "X-Stainless-Retry-Count",
        "X-Stainless-Runtime",
        "X-Stainless-Runtime-Version",
        "X-Stainless-Stream-Helper",
        "X-Stainless-Timeout",
        "OpenAI-Organization",
        "OpenAI-Project",
    )
)

WARM_BODY = '{"object":"tcp_warming"}'


def add_warming(resource: apigateway.Resource) -> None:
    _add_mock(resource, "GET", status=200, headers={}, template=WARM_BODY)


def add_preflight(resource: apigateway.IResource, methods: list[str], config: Config) -> None:
    """Answer OPTIONS for a browser on an allowed origin; another origin gets no CORS header."""
    headers = {
        "Access-Control-Allow-Methods": f"'{','.join(sorted([*methods, 'OPTIONS']))}'",
        "Access-Control-Allow-Headers": f"'{ALLOWED_HEADERS}'",
        "Access-Control-Expose-Headers": f"'{EXPOSED_HEADERS}'",
        "Access-Control-Max-Age": f"'{PREFLIGHT_MAX_AGE_S}'",
        "Vary": "'Origin'",
    }
    template = ""
    if len(config.allowed_origins) == 1:
        headers["Access-Control-Allow-Origin"] = f"'{config.allowed_origins[0]}'"
    else:
        template = _echo_origin(config.allowed_origins)
    _add_mock(resource, "OPTIONS", status=204, headers=headers, template=template)


def _echo_origin(origins: tuple[str, ...]) -> str:
    """A mapping template (VTL) that repeats the caller's origin where it is one of these."""
    known = " || ".join(f'$origin == "{origin}"' for origin in origins)
    return "\n".join(
        (
            '#set($origin = $input.params().header.get("Origin"))',
            '#if(!$origin || $origin == "")'
            '#set($origin = $input.params().header.get("origin"))#end',
            f"#if({known})",
            "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)",
            "#end",
        )
    )


def _add_mock(
    resource: apigateway.IResource,
    method: str,
    *,
    status: int,
    headers: dict[str, str],
    template: str,
) -> None:
    mapped = {REQUEST_ID_HEADER: REQUEST_ID, **quote_headers(ALWAYS_SENT), **headers}
    resource.add_method(
        method,
        apigateway.MockIntegration(
            content_handling=apigateway.ContentHandling.CONVERT_TO_TEXT,
            passthrough_behavior=apigateway.PassthroughBehavior.WHEN_NO_TEMPLATES,
            request_templates={"application/json": f'{{"statusCode": {status}}}'},
            integration_responses=[
                apigateway.IntegrationResponse(
                    status_code=str(status),
                    content_handling=apigateway.ContentHandling.CONVERT_TO_TEXT,
                    response_parameters={
                        f"method.response.header.{name}": value for name, value in mapped.items()
                    },
                    response_templates={"application/json": template},
                )
            ],
        ),
        authorization_type=apigateway.AuthorizationType.NONE,
        method_responses=[
            apigateway.MethodResponse(
                status_code=str(status),
                response_parameters={f"method.response.header.{name}": True for name in mapped},
            )
        ],
    )
