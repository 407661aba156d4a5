"""How much of the API one account may take: a usage plan, keyed by what the authorizer says.

API Gateway counts a usage plan's requests for each of its API keys. Those keys grant nothing here
(our own do); they are names of counters. The stack creates a fixed number of them, and the
authorizer assigns each account one by a hash, so nothing is created or cleaned up with accounts.
Two accounts can share a counter; they then share its rate, and nothing else.

CreateUsagePlanKey runs one at a time in a region; parallel calls fail with 409 ConflictException.
Each link of a key to the plan therefore depends on the one before it.
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
    previous: apigateway.CfnUsagePlanKey | None = None
    for number in range(keys.ACCOUNT_COUNTERS):
        counter = apigateway.CfnApiKey(
            scope,
            f"AccountCounter{number:02d}",
            description=f"{config.stack_name}: counts requests, grants nothing",
            enabled=True,
            value=keys.account_counter(usage_prefix(config), number),
        )
        link = apigateway.CfnUsagePlanKey(
            scope,
            f"AccountPlanKey{number:02d}",
            key_id=counter.attr_api_key_id,
            key_type="API_KEY",
            usage_plan_id=plan.attr_id,
        )
        if previous is not None:
            link.add_dependency(previous)
        previous = link


def usage_prefix(config: Config) -> str:
    """The beginning of the counters' names, which are unique in a region."""
    return f"linegate-account-{config.stack_name}"
