"""Every function's role, call by call: what its rows allow works, and all else is refused.

A probe runs under the role itself, so what is tried is what AWS would decide, conditions of the
bucket's and the queues' own policies included. A refusal proves something only where the same call
can also be allowed: each is, for the functions that have its row or for an administrator.
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.permissions import OWN_LOGS, PERMISSIONS, FunctionName, Resource
from local import model_endpoint
from local.deployment import STACK_NAME
from local.emulator import ACCOUNT
from tests.iam.calls import Deployed, calls, elsewhere
from tests.iam.conftest import Enforced
from tests.iam.probe import Call, Probe

ADMINISTRATOR = "administrator"


def trust(**principal: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


TRUST_LAMBDA = trust(Service="lambda.amazonaws.com")
TRUST_ACCOUNT = trust(AWS=f"arn:aws:iam::{ACCOUNT}:root")
ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


NEVER_ALLOWED_HERE = {Resource.FILES_STREAM, Resource.FILES_STREAMS, Resource.OWN_LOGS}
"""The emulator looks streams up as `*`, and log groups without the `:*` that AWS ends their ARNs
with: it refuses even those who have the row. Their rows are held by the template's tests alone."""


def rows(name: FunctionName) -> set[tuple[Resource, str]]:
    return {(row.resource, a) for row in (*PERMISSIONS[name], OWN_LOGS) for a in row.actions}


@pytest.fixture(scope="module")
def functions(enforced: Enforced) -> dict[FunctionName, Any]:
    """The configurations of the deployed functions."""
    listed = enforced.client("lambda").list_functions()["Functions"]
    by_handler = {function["Handler"]: function for function in listed}
    return {name: by_handler[f"lambdas.handlers.{name}.handler"] for name in FunctionName}


@pytest.fixture(scope="module")
def deployed(enforced: Enforced, functions: dict[FunctionName, Any]) -> Deployed:
    stack = enforced.stack
    described = enforced.client("cloudformation").describe_stacks(StackName=STACK_NAME)
    outputs = {o["OutputKey"]: o["OutputValue"] for o in described["Stacks"][0]["Outputs"]}
    table = enforced.client("dynamodb").describe_table(TableName=stack.files_table)["Table"]
    return Deployed(
        files_table=stack.files_table,
        stream_arn=table["LatestStreamArn"],
        keys_table=stack.keys_table,
        bucket=stack.bucket,
        finalizer_queue_url=stack.finalizer_queue_url,
        reaper_failures_url=outputs["ReaperDeadLetterQueueUrl"],
        batch_queue_urls={
            step: functions[step]["Environment"]["Variables"][f"LINEGATE_{step.upper()}_QUEUE_URL"]
            for step in (FunctionName.DISPATCHER, FunctionName.WORKER, FunctionName.FINISHER)
        },
        endpoint_secret=model_endpoint.SECRET,
        log_groups={n: f["LoggingConfig"]["LogGroup"] for n, f in functions.items()},
        functions={n: f["FunctionName"] for n, f in functions.items()},
    )


@pytest.fixture(scope="module")
def probes(enforced: Enforced, functions: dict[FunctionName, Any]) -> dict[str, Probe]:
    """A probe under each function's role, and one under an administrator's."""
    aws = enforced.client("lambda")
    role = enforced.client("iam").create_role(
        RoleName=ADMINISTRATOR, AssumeRolePolicyDocument=json.dumps(TRUST_LAMBDA)
    )["Role"]
    enforced.client("iam").put_role_policy(
        RoleName=ADMINISTRATOR, PolicyName="All", PolicyDocument=json.dumps(ALLOW_ALL)
    )
    roles = {str(name): function["Role"] for name, function in functions.items()}
    roles[ADMINISTRATOR] = role["Arn"]
    return {name: Probe(aws, f"probe-{name}", arn) for name, arn in roles.items()}


def test_every_row_of_the_table_is_tried(deployed: Deployed) -> None:
    """A new row needs a call of its own in calls.py."""
    for name in FunctionName:
        assert rows(name) <= set(calls(deployed, name))


@pytest.mark.parametrize("name", FunctionName)
def test_a_function_can_do_what_its_rows_say_and_nothing_else(
    deployed: Deployed, probes: dict[str, Probe], name: FunctionName
) -> None:
    tried = calls(deployed, name)
    allowed = probes[name].allowed(tried.values())
    able = {what for what, may in zip(tried, allowed, strict=True) if may}
    assert able == {row for row in rows(name) if row[0] not in NEVER_ALLOWED_HERE}


@pytest.mark.parametrize("name", FunctionName)
def test_a_function_reaches_nothing_beside_the_stacks_stores(
    deployed: Deployed, probes: dict[str, Probe], name: FunctionName
) -> None:
    tried = elsewhere(deployed, name)
    outcomes = probes[name].allowed(tried.values())
    assert [what for what, may in zip(tried, outcomes, strict=True) if may] == []


def test_an_administrator_can_do_all_of_it(deployed: Deployed, probes: dict[str, Probe]) -> None:
    """So it is the roles, and not the calls, that are refused above."""
    name = FunctionName.FILES
    administrator = probes[ADMINISTRATOR]
    inside, outside = calls(deployed, name), elsewhere(deployed, name)
    assert all(administrator.allowed(inside.values()))
    assert all(administrator.allowed(outside.values()))


def test_a_role_can_be_taken_by_lambda_only(
    enforced: Enforced, functions: dict[FunctionName, Any], probes: dict[str, Probe]
) -> None:
    """Not even by an administrator of the account, who can take one that trusts the account."""
    open_role = enforced.client("iam").create_role(
        RoleName="open", AssumeRolePolicyDocument=json.dumps(TRUST_ACCOUNT)
    )["Role"]
    roles = [*(function["Role"] for function in functions.values()), open_role["Arn"]]
    tried = [
        Call("sts", "assume_role", {"RoleArn": arn, "RoleSessionName": "outside"}) for arn in roles
    ]
    assert probes[ADMINISTRATOR].allowed(tried) == [False] * len(functions) + [True]


def test_a_wrong_signature_is_refused(enforced: Enforced) -> None:
    iam = enforced.client("iam")
    iam.create_user(UserName="operator")
    iam.put_user_policy(UserName="operator", PolicyName="All", PolicyDocument=json.dumps(ALLOW_ALL))
    key = iam.create_access_key(UserName="operator")["AccessKey"]
    right, wrong = key["SecretAccessKey"], key["SecretAccessKey"][::-1]
    table = enforced.stack.files_table
    enforced.client("dynamodb", (key["AccessKeyId"], right)).describe_table(TableName=table)
    with pytest.raises(ClientError) as refused:
        enforced.client("dynamodb", (key["AccessKeyId"], wrong)).describe_table(TableName=table)
    assert refused.value.response["Error"]["Code"] == "InvalidSignatureException"
