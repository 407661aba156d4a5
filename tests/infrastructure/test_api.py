"""The gateway: routes, who needs a key, its own answers, stage, domain."""

import json
import shutil
from typing import Any

import pytest

from infra.gateway_responses import gateway_errors
from infra.permissions import FunctionName
from lambdas.domain import errors
from lambdas.domain.limits import Limits
from lambdas.domain.routes import CONSOLE_ROUTES, ROUTES
from tests.infrastructure.conftest import EVERYTHING
from tests.infrastructure.template import Template, render, synthesize

PUBLIC = {
    ("GET", "/openapi.json"),
    ("GET", "/tcp_warming"),
    ("GET", "/console"),
    ("GET", "/console/{asset}"),
}


def methods(template: Template) -> dict[tuple[str, str], dict[str, Any]]:
    """Every method of the API by its verb and path."""
    parts = template.properties("AWS::ApiGateway::Resource")

    def path(resource: Any) -> str:
        if "Ref" not in resource:
            return ""
        part = parts[resource["Ref"]]
        return f"{path(part['ParentId'])}/{part['PathPart']}"

    found = template.properties("AWS::ApiGateway::Method").values()
    return {(m["HttpMethod"], path(m["ResourceId"])): m for m in found}


def gateway_responses(template: Template) -> dict[str, dict[str, Any]]:
    responses = template.properties("AWS::ApiGateway::GatewayResponse").values()
    return {response["ResponseType"]: response for response in responses}


def test_there_are_these_routes_and_no_others(template: Template) -> None:
    assert {f"{method} {path}" for method, path in methods(template)} == {
        "POST /files",
        "GET /files",
        "GET /files/{file_id}",
        "DELETE /files/{file_id}",
        "GET /files/{file_id}/content",
        "GET /files/{file_id}/validation",
        "GET /limits",
        "POST /uploads",
        "GET /uploads",
        "GET /uploads/{upload_id}",
        "POST /uploads/{upload_id}/parts",
        "POST /uploads/{upload_id}/complete",
        "POST /uploads/{upload_id}/cancel",
        "GET /tcp_warming",
        "GET /openapi.json",
        "GET /console",
        "GET /console/{asset}",
    }


@pytest.mark.parametrize("route", [*ROUTES, *CONSOLE_ROUTES], ids=lambda r: r.name)
def test_a_route_reaches_its_function(template: Template, route: Any) -> None:
    integration = methods(template)[route.method, route.path]["Integration"]
    if route.function is None:
        assert integration["Type"] == "MOCK"
    else:
        assert integration["Type"] == "AWS_PROXY"
        assert f"<{template.function(route.function)[0]}.Arn>" in render(integration["Uri"])


def test_every_route_needs_a_key_but_the_public_ones(template: Template) -> None:
    authorizer_id, _ = template.only("AWS::ApiGateway::Authorizer")
    for route, method in methods(template).items():
        if route in PUBLIC:
            assert method["AuthorizationType"] == "NONE"
        else:
            assert method["AuthorizationType"] == "CUSTOM"
            assert method["AuthorizerId"] == {"Ref": authorizer_id}


def test_a_key_is_looked_for_in_the_authorization_header(template: Template) -> None:
    _, authorizer = template.only("AWS::ApiGateway::Authorizer")
    properties = authorizer["Properties"]
    assert properties["Type"] == "REQUEST"
    assert properties["IdentitySource"] == "method.request.header.Authorization"
    assert properties["AuthorizerResultTtlInSeconds"] == 60
    assert template.function(FunctionName.AUTHORIZER)[0] in json.dumps(properties["AuthorizerUri"])


def test_the_stage_is_v1_and_logs_no_content(everything: Template) -> None:
    _, stage = everything.only("AWS::ApiGateway::Stage")
    assert stage["Properties"]["StageName"] == "v1"
    for settings in stage["Properties"]["MethodSettings"]:
        assert settings["DataTraceEnabled"] is False


def test_bytes_come_back_whatever_accept_says(template: Template) -> None:
    _, api = template.only("AWS::ApiGateway::RestApi")
    assert api["Properties"]["BinaryMediaTypes"] == ["*/*"]


def test_warming_is_answered_without_a_function(template: Template) -> None:
    integration = methods(template)["GET", "/tcp_warming"]["Integration"]
    assert integration["ContentHandling"] == "CONVERT_TO_TEXT"
    (response,) = integration["IntegrationResponses"]
    assert response["StatusCode"] == "200"
    assert response["ContentHandling"] == "CONVERT_TO_TEXT"
    headers = response["ResponseParameters"]
    assert headers["method.response.header.x-request-id"] == "context.requestId"
    assert "status_code" not in json.loads(response["ResponseTemplates"]["application/json"])


EXPECTED = {
    "ACCESS_DENIED": ("401", "invalid_api_key"),
    "API_CONFIGURATION_ERROR": ("500", "internal_error"),
    "AUTHORIZER_CONFIGURATION_ERROR": ("500", "internal_error"),
    "AUTHORIZER_FAILURE": ("500", "internal_error"),
    "BAD_REQUEST_BODY": ("400", "invalid_value"),
    "BAD_REQUEST_PARAMETERS": ("400", "invalid_value"),
    "DEFAULT_4XX": (None, "invalid_value"),
    "DEFAULT_5XX": (None, "internal_error"),
    "EXPIRED_TOKEN": ("404", "not_found"),
    "INTEGRATION_FAILURE": ("504", "internal_error"),
    "INTEGRATION_TIMEOUT": ("504", "internal_error"),
    "INVALID_API_KEY": ("401", "invalid_api_key"),
    "INVALID_SIGNATURE": ("404", "not_found"),
    "MISSING_AUTHENTICATION_TOKEN": ("404", "not_found"),
    "QUOTA_EXCEEDED": ("429", "rate_limit_exceeded"),
    "REQUEST_TOO_LARGE": ("413", "request_too_large"),
    "RESOURCE_NOT_FOUND": ("404", "not_found"),
    "THROTTLED": ("429", "rate_limit_exceeded"),
    "UNAUTHORIZED": ("401", "invalid_api_key"),
    "UNSUPPORTED_MEDIA_TYPE": ("415", "unsupported_media_type"),
    "WAF_FILTERED": ("403", "request_blocked"),
}


@pytest.mark.parametrize(("response_type", "status_and_code"), EXPECTED.items())
def test_a_gateway_error_has_both_shapes_and_a_request_id(
    template: Template, response_type: str, status_and_code: tuple[str | None, str]
) -> None:
    response = gateway_responses(template)[response_type]
    body = json.loads(response["ResponseTemplates"]["application/json"])
    nested = body.pop("error")
    assert nested == body
    assert set(body) == {"message", "type", "param", "code"}
    assert (response.get("StatusCode"), body["code"]) == status_and_code
    headers = response["ResponseParameters"]
    assert headers["gatewayresponse.header.x-request-id"] == "context.requestId"


def test_an_error_reads_the_same_whether_the_gateway_or_a_function_found_it(
    template: Template,
) -> None:
    """Except for its message. A client tells errors apart by code and type."""
    classes = {c.code: c for c in _error_classes(errors.ApiError) if hasattr(c, "code")}
    shared = set()
    for response in gateway_responses(template).values():
        body = json.loads(response["ResponseTemplates"]["application/json"])
        if body["code"] in classes:
            assert body["type"] == classes[body["code"]].type
            shared.add(body["code"])
    assert {"invalid_api_key", "not_found", "request_too_large", "internal_error"} <= shared


def _error_classes(parent: type[errors.ApiError]) -> list[type[errors.ApiError]]:
    return [found for c in parent.__subclasses__() for found in (c, *_error_classes(c))]


def test_no_type_of_gateway_error_is_left_to_the_gateway(template: Template) -> None:
    assert set(gateway_responses(template)) == set(EXPECTED)


@pytest.mark.parametrize(("response_type", "seconds"), [("THROTTLED", 1), ("QUOTA_EXCEEDED", 3600)])
def test_a_throttled_caller_is_told_when_to_come_back(
    template: Template, response_type: str, seconds: int
) -> None:
    headers = gateway_responses(template)[response_type]["ResponseParameters"]
    assert headers["gatewayresponse.header.Retry-After"] == f"'{seconds}'"


def test_a_body_too_large_is_told_the_limit_and_the_way() -> None:
    message = gateway_errors(Limits(direct_bytes=1_000))["REQUEST_TOO_LARGE"].message
    assert "1000 bytes" in message
    assert "POST /uploads" in message


def test_no_answer_and_no_log_quotes_the_gateways_message(everything: Template) -> None:
    """For a route that does not exist it quotes the Authorization header."""
    assert "context.error.message" not in json.dumps(everything.body)


def test_the_access_log_names_who_and_what_but_no_header(everything: Template) -> None:
    _, stage = everything.only("AWS::ApiGateway::Stage")
    setting = stage["Properties"]["AccessLogSetting"]
    line = json.loads(setting["Format"])
    assert {"request_id", "account", "key_id", "path", "status", "refused"} <= set(line)
    assert not any("header" in value or "querystring" in value for value in line.values())
    log_group = setting["DestinationArn"]
    assert any(group in render(log_group) for group in everything.resources("AWS::Logs::LogGroup"))


def test_the_regions_gateway_settings_are_left_alone(everything: Template) -> None:
    assert everything.resources("AWS::ApiGateway::Account") == {}


def test_a_custom_domain_takes_tls_1_2_and_carries_the_stage(everything: Template) -> None:
    _, domain = everything.only("AWS::ApiGateway::DomainName")
    assert domain["Properties"]["SecurityPolicy"] == "TLS_1_2"
    assert domain["Properties"]["DomainName"] == "files.example.com"
    _, base_path = everything.only("AWS::ApiGateway::BasePathMapping")
    assert base_path["Properties"]["BasePath"] == "v1"
    stage, _ = everything.only("AWS::ApiGateway::Stage")
    url = render(everything.body["Outputs"]["BaseUrl"]["Value"])
    assert url == f"https://files.example.com/<{stage}>"


def test_the_domains_record_names_the_zone_of_its_target_not_its_own(everything: Template) -> None:
    """Route 53 refuses an alias whose target is not in the zone that it names."""
    domain_id, domain = everything.only("AWS::ApiGateway::DomainName")
    target = {"Fn::GetAtt": [domain_id, "RegionalDomainName"]}
    zone = {"Fn::GetAtt": [domain_id, "RegionalHostedZoneId"]}
    _, record = everything.only("AWS::Route53::RecordSet")
    assert record["Properties"] == {
        "HostedZoneId": "Z0123456789ABCDEFGHIJ",
        "Name": domain["Properties"]["DomainName"],
        "Type": "A",
        "AliasTarget": {"DNSName": target, "HostedZoneId": zone},
    }
    assert everything.body["Outputs"]["DomainTarget"]["Value"] == target
    assert everything.body["Outputs"]["DomainTargetZone"]["Value"] == zone


def test_without_its_zone_a_domains_record_is_left_to_the_deployer() -> None:
    names = ("domain_name", "certificate_arn")
    template = synthesize(**{name: EVERYTHING[name] for name in names})
    shutil.rmtree(template.file.parent)
    assert template.resources("AWS::Route53::RecordSet") == {}
    assert {"DomainTarget", "DomainTargetZone"} <= set(template.body["Outputs"])


def test_with_a_custom_domain_the_apis_own_address_is_closed(
    template: Template, everything: Template
) -> None:
    _, with_domain = everything.only("AWS::ApiGateway::RestApi")
    assert with_domain["Properties"]["DisableExecuteApiEndpoint"] is True
    assert (
        "DisableExecuteApiEndpoint"
        not in template.only("AWS::ApiGateway::RestApi")[1]["Properties"]
    )


def test_a_preflight_needs_no_key_and_answers_allowed_origins(everything: Template) -> None:
    preflight = methods(everything)["OPTIONS", "/files/{file_id}"]
    assert preflight["AuthorizationType"] == "NONE"
    (response,) = preflight["Integration"]["IntegrationResponses"]
    headers = response["ResponseParameters"]
    allowed = headers["method.response.header.Access-Control-Allow-Methods"]
    assert allowed == "'DELETE,GET,OPTIONS'"
    assert "method.response.header.Access-Control-Allow-Origin" not in headers
    template = response["ResponseTemplates"]["application/json"]
    assert '$origin == "https://a.example" || $origin == "https://b.example"' in template


def test_there_is_no_cors_by_default(template: Template) -> None:
    assert not any(method == "OPTIONS" for method, _ in methods(template))
    assert "Access-Control" not in json.dumps(gateway_responses(template))


def test_outputs_are_what_people_and_tools_need(template: Template) -> None:
    assert set(template.body["Outputs"]) == {
        "BaseUrl",
        "FilesTable",
        "KeysTable",
        "Bucket",
        "FinalizerQueueUrl",
        "DeadLetterQueueUrl",
        "ReaperDeadLetterQueueUrl",
        "ReconcilerFunction",
        "ConsoleUrl",
    }
    api, _ = template.only("AWS::ApiGateway::RestApi")
    url = render(template.body["Outputs"]["BaseUrl"]["Value"])
    stage, _ = template.only("AWS::ApiGateway::Stage")
    host = f"<{api}>.execute-api.<AWS::Region>.<AWS::URLSuffix>"
    assert url == f"https://{host}/<{stage}>"
