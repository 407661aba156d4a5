"""How much the gateway lets through: of everybody, to one route, of one account."""

from typing import Any

from infra.permissions import FunctionName
from lambdas.domain.keys import ACCOUNT_COUNTERS, counter_of_account
from tests.infrastructure.template import Template
from tests.infrastructure.test_api import PUBLIC, methods


def limits(template: Template) -> dict[tuple[str, str], tuple[int, int]]:
    """Rate and burst by method and path, as a stage has them: its paths write / as ~1."""
    _, stage = template.only("AWS::ApiGateway::Stage")
    return {
        (s["HttpMethod"], s["ResourcePath"].removeprefix("/").replace("~1", "/")): (
            s["ThrottlingRateLimit"],
            s["ThrottlingBurstLimit"],
        )
        for s in stage["Properties"]["MethodSettings"]
    }


def test_every_route_is_throttled_by_default(template: Template) -> None:
    assert limits(template) == {("*", "*"): (100, 200)}


def test_rates_and_bursts_are_the_deployers(everything: Template) -> None:
    assert limits(everything) == {
        ("*", "*"): (40, 80),
        ("POST", "/files"): (20, 41),
        ("GET", "/files/{file_id}"): (50, 100),
    }


def test_accounts_share_the_stages_limits_by_default(template: Template) -> None:
    assert template.resources("AWS::ApiGateway::UsagePlan") == {}
    assert template.resources("AWS::ApiGateway::ApiKey") == {}
    assert not any(method.get("ApiKeyRequired") for method in methods(template).values())


def test_an_account_has_a_rate_of_its_own_where_one_is_set(everything: Template) -> None:
    _, plan = everything.only("AWS::ApiGateway::UsagePlan")
    assert plan["Properties"]["Throttle"] == {"RateLimit": 10, "BurstLimit": 30}
    api, _ = everything.only("AWS::ApiGateway::RestApi")
    stage, _ = everything.only("AWS::ApiGateway::Stage")
    assert plan["Properties"]["ApiStages"] == [{"ApiId": {"Ref": api}, "Stage": {"Ref": stage}}]


def test_accounts_are_told_apart_by_the_authorizer_and_not_by_a_header(
    everything: Template,
) -> None:
    _, api = everything.only("AWS::ApiGateway::RestApi")
    assert api["Properties"]["ApiKeySourceType"] == "AUTHORIZER"
    for route, method in methods(everything).items():
        needs_key = route not in PUBLIC and route[0] != "OPTIONS"
        assert method.get("ApiKeyRequired", False) is needs_key, route


def test_whatever_counter_the_authorizer_names_is_in_the_plan(everything: Template) -> None:
    _, authorizer = everything.function(FunctionName.AUTHORIZER)
    prefix = authorizer["Environment"]["Variables"]["LINEGATE_ACCOUNT_COUNTERS"]
    keys: dict[str, dict[str, Any]] = everything.properties("AWS::ApiGateway::ApiKey")
    plan_id, _ = everything.only("AWS::ApiGateway::UsagePlan")
    planned = {
        keys[link["KeyId"]["Fn::GetAtt"][0]]["Value"]
        for link in everything.properties("AWS::ApiGateway::UsagePlanKey").values()
        if link["UsagePlanId"]["Fn::GetAtt"][0] == plan_id
    }
    assert planned == {counter_of_account(prefix, f"account-{n}") for n in range(2_000)}
    assert len(planned) == ACCOUNT_COUNTERS
    assert all(20 <= len(value) <= 128 for value in planned)  # API Gateway's bounds
    assert all(key["Enabled"] for key in keys.values())


def test_counters_are_linked_to_their_plan_one_after_the_other(everything: Template) -> None:
    """CreateUsagePlanKey runs one at a time in a region; parallel calls fail with 409."""
    links = everything.resources("AWS::ApiGateway::UsagePlanKey")
    waits_for = {name: set(link.get("DependsOn", [])) & set(links) for name, link in links.items()}
    first = [name for name, before in waits_for.items() if not before]
    assert len(first) == 1
    assert all(len(before) == 1 for name, before in waits_for.items() if name not in first)
    assert len(set().union(*waits_for.values())) == len(links) - 1
