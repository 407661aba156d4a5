"""The emulator gets the same stack: what differs is a default of the context, and only these."""

import copy
import platform
from typing import Any

from infra.bundling import HOST_PYTHON
from tests.infrastructure.template import Template, render

LOCAL_DIFFERENCES = {
    "Architectures",
    "Runtime",
    "Tags",
}
AWS_ONLY = "AWS::Logs::QueryDefinition"
"""The emulator's CloudFormation refuses a template that has one."""


def test_the_local_stack_has_the_same_resources(template: Template, local: Template) -> None:
    def types(of: Template) -> dict[str, str]:
        resources = of.body["Resources"].items()
        return {k: r["Type"] for k, r in resources if r["Type"] != "AWS::ApiGateway::Deployment"}

    wanted = {name: kind for name, kind in types(template).items() if kind != AWS_ONLY}
    assert types(local) == wanted


def test_the_local_stack_differs_in_nothing_else(template: Template, local: Template) -> None:
    def without_differences(properties: dict[str, Any]) -> dict[str, Any]:
        return {k: v for k, v in properties.items() if k not in LOCAL_DIFFERENCES}

    def without_addresses(properties: dict[str, Any]) -> dict[str, Any]:
        """Of the API and the storage: on AWS each is a host, here both are the emulator."""
        here = copy.deepcopy(properties)
        here.get("Environment", {}).get("Variables", {}).pop("LINEGATE_STORAGE_ORIGIN", None)
        for rule in here.get("CorsConfiguration", {}).get("CorsRules", ()):
            rule.pop("AllowedOrigins")
        return without_differences(here)

    for logical_id, resource in template.body["Resources"].items():
        if resource["Type"] in ("AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage", AWS_ONLY):
            continue  # the name of a deployment is a hash of the API, its tag included
        here = local.body["Resources"][logical_id]["Properties"]
        assert without_addresses(here) == without_addresses(resource["Properties"]), logical_id


def test_the_local_functions_are_for_this_machine(local: Template) -> None:
    here = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    for function in local.properties("AWS::Lambda::Function").values():
        assert function["Architectures"] == [here]
        assert function["Runtime"] == f"python{HOST_PYTHON}"


def test_the_local_base_url_stays_the_same(local: Template) -> None:
    api_id, api = local.only("AWS::ApiGateway::RestApi")
    assert api["Properties"]["Tags"] == [{"Key": "ms-custom-id", "Value": "11ee6a7e"}]
    stage_id, _ = local.only("AWS::ApiGateway::Stage")
    url = render(local.body["Outputs"]["BaseUrl"]["Value"])
    assert url == f"http://127.0.0.1:4566/_aws/execute-api/<{api_id}>/<{stage_id}>"


def test_the_emulators_tag_stays_local(template: Template) -> None:
    assert "Tags" not in template.only("AWS::ApiGateway::RestApi")[1]["Properties"]
