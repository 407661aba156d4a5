"""The optional firewall: on the stage, without a look at what customers send, with our answers."""

import json
from typing import Any

from tests.infrastructure.template import Template, render


def rules(template: Template) -> dict[str, dict[str, Any]]:
    _, acl = template.only("AWS::WAFv2::WebACL")
    return {rule["Name"]: rule for rule in acl["Properties"]["Rules"]}


def test_there_is_none_by_default(template: Template) -> None:
    assert template.resources("AWS::WAFv2::WebACL") == {}


def test_it_stands_before_the_stage_and_lets_through_what_no_rule_names(
    everything: Template,
) -> None:
    acl_id, acl = everything.only("AWS::WAFv2::WebACL")
    _, association = everything.only("AWS::WAFv2::WebACLAssociation")
    api, _ = everything.only("AWS::ApiGateway::RestApi")
    stage, _ = everything.only("AWS::ApiGateway::Stage")
    assert association["Properties"]["WebACLArn"] == {"Fn::GetAtt": [acl_id, "Arn"]}
    arn = render(association["Properties"]["ResourceArn"])
    assert (
        arn == f"arn:<AWS::Partition>:apigateway:<AWS::Region>::/restapis/<{api}>/stages/<{stage}>"
    )
    assert acl["Properties"]["DefaultAction"] == {"Allow": {}}
    assert acl["Properties"]["Scope"] == "REGIONAL"


def test_no_rule_that_reads_bodies_sees_a_post(everything: Template) -> None:
    """All bodies are customers' text, and the largest have 4 MiB."""
    post = {
        "FieldToMatch": {"Method": {}},
        "PositionalConstraint": "EXACTLY",
        "SearchString": "POST",
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
    }
    not_post = {"NotStatement": {"Statement": {"ByteMatchStatement": post}}}
    for name in ("CommonRuleSet", "KnownBadInputsRuleSet"):
        statement = rules(everything)[name]["Statement"]["ManagedRuleGroupStatement"]
        assert statement["VendorName"] == "AWS"
        assert statement["Name"] == f"AWSManagedRules{name}"
        assert statement["ScopeDownStatement"] == not_post


def test_there_are_these_rules_in_this_order(everything: Template) -> None:
    assert [(rule["Priority"], name) for name, rule in rules(everything).items()] == [
        (0, "RateOfAnAddress"),
        (1, "AmazonIpReputationList"),
        (2, "CommonRuleSet"),
        (3, "KnownBadInputsRuleSet"),
    ]


def test_a_client_without_a_user_agent_is_counted_and_let_through(everything: Template) -> None:
    statement = rules(everything)["CommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    assert statement["RuleActionOverrides"] == [
        {"Name": "NoUserAgent_HEADER", "ActionToUse": {"Count": {}}}
    ]


def test_a_noisy_address_is_told_to_wait_in_both_shapes(everything: Template) -> None:
    rule = rules(everything)["RateOfAnAddress"]
    statement = rule["Statement"]["RateBasedStatement"]
    assert statement == {"AggregateKeyType": "IP", "Limit": 600, "EvaluationWindowSec": 300}
    custom = rule["Action"]["Block"]["CustomResponse"]
    assert custom["ResponseCode"] == 429
    assert custom["ResponseHeaders"] == [{"Name": "Retry-After", "Value": "60"}]
    _, acl = everything.only("AWS::WAFv2::WebACL")
    answer = acl["Properties"]["CustomResponseBodies"][custom["CustomResponseBodyKey"]]
    assert answer["ContentType"] == "APPLICATION_JSON"
    body = json.loads(answer["Content"])
    assert body.pop("error") == body
    assert body["code"] == "rate_limit_exceeded"


def test_it_keeps_no_key_and_no_sample_of_a_request(everything: Template) -> None:
    _, acl = everything.only("AWS::WAFv2::WebACL")
    (protected,) = acl["Properties"]["DataProtectionConfig"]["DataProtections"]
    assert protected["Action"] == "HASH"
    assert protected["Field"] == {"FieldType": "SINGLE_HEADER", "FieldKeys": ["authorization"]}
    for visible in (acl["Properties"], *rules(everything).values()):
        assert visible["VisibilityConfig"]["SampledRequestsEnabled"] is False
