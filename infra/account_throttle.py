"""How much of the API one account may take: a usage plan, keyed by what the authorizer says.

API Gateway counts a usage plan's requests for each of its API keys. Those keys open nothing here
(our own do); they are names of counters. The stack makes a fixed number of them, and the authorizer
gives each account one, by a hash: nothing is to be created or cleaned up when accounts come and go.
Two accounts can share a counter; they then share its rate, and nothing else.
"""

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from infra.config import Config
from lambdas.domain import keys


def add_account_throttle(scope: Construct, stage: apigateway.Stage, config: Config) -> None:
    """The plan, its counters, and the rate of each; none of it unless a rate is set."""
    if config.account_rate is None:
        return
    plan = apigateway.CfnUsagePlan(
        scope,
        "AccountPlan",
        description=f"{config.stack_name}: requests of one account",
        api_stages=[
            apigateway.CfnUsagePlan.ApiStageProperty(
                api_id=stage.rest_api.rest_api_id, stage=stage.stage_name
            )
        ],
        throttle=apigateway.CfnUsagePlan.ThrottleSettingsProperty(
            rate_limit=config.account_rate, burst_limit=config.account_burst
        ),
    )
    for number in range(keys.ACCOUNT_COUNTERS):
        counter = apigateway.CfnApiKey(
            scope,
            f"AccountCounter{number:02d}",
            description=f"{config.stack_name}: counts requests, opens nothing",
            enabled=True,
            value=keys.account_counter(usage_prefix(config), number),
        )
        apigateway.CfnUsagePlanKey(
            scope,
            f"AccountPlanKey{number:02d}",
            key_id=counter.attr_api_key_id,
            key_type="API_KEY",
            usage_plan_id=plan.attr_id,
        )


def usage_prefix(config: Config) -> str:
    """The beginning of the counters' names, which are unique in a region."""
    return f"linegate-account-{config.stack_name}"
