"""A web application firewall in front of the stage: optional, off by default, for it costs money.

What it adds to the authorizer: known bad addresses and noisy ones are turned away before any
function runs. What it must not do is read prompts as attacks: a batch file about SQL, HTML or
`/etc/passwd` is what customers send. So the content rules look at everything but POST. They are not
left to look at POST with their body rules overridden one by one, because AWS adds rules to these
groups, and each new body rule would refuse files from one day to the next. (They would see only the
first 16 KB of a body anyway, and refuse any body above 8 KB.)
"""

from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

from infra.config import Config
from infra.gateway_responses import rate_limit_error

RATE_WINDOW_S = 300
RETRY_AFTER_S = 60
"""A blocked address is looked at again every few seconds, and free once its window is calm."""

TOO_MANY = "TooManyRequests"

VISIBLE = "Linegate"


class Firewall(Construct):
    """A web ACL of this stack, on the stage given by its ARN."""

    def __init__(self, scope: Construct, construct_id: str, config: Config, stage_arn: str) -> None:
        super().__init__(scope, construct_id)
        acl = wafv2.CfnWebACL(
            self,
            "WebAcl",
            scope="REGIONAL",
            description=f"{config.stack_name}: addresses, rates, known attacks",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visibility("All"),
            custom_response_bodies={
                TOO_MANY: wafv2.CfnWebACL.CustomResponseBodyProperty(
                    content=rate_limit_error(RETRY_AFTER_S).body(), content_type="APPLICATION_JSON"
                )
            },
            # Wherever a deployer sends this ACL's logs, no key goes with them.
            data_protection_config=wafv2.CfnWebACL.DataProtectionConfigProperty(
                data_protections=[
                    wafv2.CfnWebACL.DataProtectProperty(
                        action="HASH",
                        field=wafv2.CfnWebACL.FieldToProtectProperty(
                            field_type="SINGLE_HEADER", field_keys=["authorization"]
                        ),
                    )
                ]
            ),
            rules=[
                _rate_rule(0, config.firewall_ip_rate),
                _managed_rule(1, "AWSManagedRulesAmazonIpReputationList"),
                # Some HTTP clients send no User-Agent, and need not.
                _managed_rule(
                    2, "AWSManagedRulesCommonRuleSet", but_post=True, counted="NoUserAgent_HEADER"
                ),
                _managed_rule(3, "AWSManagedRulesKnownBadInputsRuleSet", but_post=True),
            ],
        )
        wafv2.CfnWebACLAssociation(
            self, "Association", resource_arn=stage_arn, web_acl_arn=acl.attr_arn
        )


def _rate_rule(priority: int, requests: int) -> wafv2.CfnWebACL.RuleProperty:
    """429 and not the firewall's 403, since waiting helps: the SDKs wait and repeat.

    The firewall answers this one itself, so it has no request id.
    """
    custom = wafv2.CfnWebACL.CustomResponseProperty(
        response_code=429,
        custom_response_body_key=TOO_MANY,
        response_headers=[
            wafv2.CfnWebACL.CustomHTTPHeaderProperty(name="Retry-After", value=str(RETRY_AFTER_S))
        ],
    )
    return wafv2.CfnWebACL.RuleProperty(
        name="RateOfAnAddress",
        priority=priority,
        action=wafv2.CfnWebACL.RuleActionProperty(
            block=wafv2.CfnWebACL.BlockActionProperty(custom_response=custom)
        ),
        statement=wafv2.CfnWebACL.StatementProperty(
            rate_based_statement=wafv2.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=requests, evaluation_window_sec=RATE_WINDOW_S
            )
        ),
        visibility_config=_visibility("RateOfAnAddress"),
    )


def _managed_rule(
    priority: int, group: str, *, but_post: bool = False, counted: str | None = None
) -> wafv2.CfnWebACL.RuleProperty:
    name = group.removeprefix("AWSManagedRules")
    overrides = counted and [
        wafv2.CfnWebACL.RuleActionOverrideProperty(
            name=counted, action_to_use=wafv2.CfnWebACL.RuleActionProperty(count={})
        )
    ]
    return wafv2.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        statement=wafv2.CfnWebACL.StatementProperty(
            managed_rule_group_statement=wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(
                vendor_name="AWS",
                name=group,
                rule_action_overrides=overrides or None,
                scope_down_statement=_not_post() if but_post else None,
            )
        ),
        visibility_config=_visibility(name),
    )


def _not_post() -> wafv2.CfnWebACL.StatementProperty:
    post = wafv2.CfnWebACL.ByteMatchStatementProperty(
        field_to_match=wafv2.CfnWebACL.FieldToMatchProperty(method={}),
        positional_constraint="EXACTLY",
        search_string="POST",
        text_transformations=[wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
    )
    return wafv2.CfnWebACL.StatementProperty(
        not_statement=wafv2.CfnWebACL.NotStatementProperty(
            statement=wafv2.CfnWebACL.StatementProperty(byte_match_statement=post)
        )
    )


def _visibility(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    """Counted in CloudWatch; no samples, which would keep whole requests for three hours."""
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True,
        metric_name=f"{VISIBLE}{name}",
        sampled_requests_enabled=False,
    )
