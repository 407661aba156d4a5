"""Each role against the one table, action by action; and what no role may ever have."""

import pytest

from infra.permissions import BATCH_FUNCTIONS, OWN_LOGS, PERMISSIONS, FunctionName, Resource
from tests.infrastructure.template import Template, render, statements


def arns(template: Template, name: FunctionName) -> dict[Resource, str]:
    """How the template writes the ARN of each resource, for one function's role."""
    files_table = template.table("PK", "SK")[0]
    keys_table = template.table("PK")[0]
    bucket = template.only("AWS::S3::Bucket")[0]
    mappings = template.properties("AWS::Lambda::EventSourceMapping").values()
    (stream,) = [m for m in mappings if "DestinationConfig" in m]
    queues = {
        handled: render(m["EventSourceArn"])
        for m in mappings
        for handled in FunctionName
        if m["FunctionName"] == {"Ref": template.function(handled)[0]}
    }
    place = "<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>"
    log_group = template.function(name)[1]["LoggingConfig"]["LogGroup"]["Ref"]
    return {
        Resource.FILES_TABLE: f"<{files_table}.Arn>",
        Resource.UNCHECKED_FILES: f"<{files_table}.Arn>/index/unchecked",
        Resource.FILES_STREAM: f"<{files_table}.StreamArn>",
        Resource.FILES_STREAMS: f"<{files_table}.Arn>/stream/*",
        Resource.KEYS_TABLE: f"<{keys_table}.Arn>",
        Resource.BUCKET: f"<{bucket}.Arn>",
        Resource.FILE_OBJECTS: f"<{bucket}.Arn>/files/*",
        Resource.PART_OBJECTS: f"<{bucket}.Arn>/parts/*",
        Resource.RECONCILER_PROGRESS: f"<{bucket}.Arn>/reconciler/progress.json",
        Resource.BATCH_OBJECTS: f"<{bucket}.Arn>/batches/*",
        Resource.FINALIZER_QUEUE: queues[FunctionName.FINALIZER],
        Resource.DISPATCHER_QUEUE: queues[FunctionName.DISPATCHER],
        Resource.WORKER_QUEUE: queues[FunctionName.WORKER],
        Resource.FINISHER_QUEUE: queues[FunctionName.FINISHER],
        Resource.ENDPOINT_KEY: f"arn:{place}:secret:models/key-??????",
        Resource.REAPER_FAILURES: render(stream["DestinationConfig"]["OnFailure"]["Destination"]),
        Resource.OWN_LOGS: f"<{log_group}.Arn>",
    }


def granted(template: Template, name: FunctionName) -> set[tuple[str, str]]:
    (policy,) = template.role(name)["Policies"]
    return {
        (action, resource)
        for statement in statements(policy["PolicyDocument"])
        for action in statement["Action"]
        for resource in statement["Resource"]
        if statement["Effect"] == "Allow" and "Condition" not in statement
    }


@pytest.mark.parametrize("name", FunctionName)
def test_a_role_may_do_exactly_what_its_rows_say(batching: Template, name: FunctionName) -> None:
    arn = arns(batching, name)
    rows = (*PERMISSIONS[name], OWN_LOGS)
    assert granted(batching, name) == {(a, arn[row.resource]) for row in rows for a in row.actions}


@pytest.mark.parametrize("name", FunctionName)
def test_a_role_is_one_functions_and_has_nothing_attached(
    batching: Template, name: FunctionName
) -> None:
    role = batching.role(name)
    assert "ManagedPolicyArns" not in role
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_nothing_is_granted_outside_the_roles(everything: Template) -> None:
    for outside in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::User"):
        assert everything.resources(outside) == {}
    assert len(everything.resources("AWS::IAM::Role")) == len(FunctionName)
    assert len(everything.resources("AWS::Lambda::Function")) == len(FunctionName)


def test_no_action_has_a_wildcard(everything: Template) -> None:
    actions = {action for name in FunctionName for action, _ in granted(everything, name)}
    assert [action for action in actions if "*" in action or "?" in action] == []


TRACING = {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")}
"""X-Ray has no resources for traces (Service Authorization Reference)."""

ENDPOINT_KEY = (
    "secretsmanager:GetSecretValue",
    "arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:models/key-??????",
)
"""The secret is the deployer's: of its ARN the stack knows the name, not what AWS ends it with."""


def test_no_permission_is_outside_the_stack_but_those_listed(
    batching: Template, everything: Template
) -> None:
    for name in FunctionName:
        listed = {ENDPOINT_KEY} if name is FunctionName.WORKER else set()
        found = [
            {each for each in granted(of, name) if not each[1].startswith("<")}
            for of in (batching, everything)
        ]
        assert found == [listed, TRACING | listed]


def test_only_the_worker_reads_the_endpoints_key(batching: Template) -> None:
    able = {
        name
        for name in FunctionName
        if any(action.startswith("secretsmanager:") for action, _ in granted(batching, name))
    }
    assert able == {FunctionName.WORKER}


def test_the_worker_reaches_no_file(batching: Template) -> None:
    """Whoever gets hold of it gets the batches that are running, not what accounts have stored."""
    bucket = batching.only("AWS::S3::Bucket")[0]
    able = {resource for action, resource in granted(batching, FunctionName.WORKER)}
    assert not [resource for resource in able if f"<{bucket}.Arn>/files" in resource]


def test_nothing_of_batches_is_there_without_an_endpoint(template: Template) -> None:
    handlers = {f["Handler"] for f in template.properties("AWS::Lambda::Function").values()}
    assert handlers == {
        f"lambdas.handlers.{name}.handler" for name in set(FunctionName) - BATCH_FUNCTIONS
    }
    paths = [r["PathPart"] for r in template.properties("AWS::ApiGateway::Resource").values()]
    assert "batches" not in paths
    assert len(template.resources("AWS::SQS::Queue")) == 3


def test_only_reaper_and_reconciler_remove_the_bytes_of_a_file(batching: Template) -> None:
    bucket = batching.only("AWS::S3::Bucket")[0]
    able = {
        name
        for name in FunctionName
        if ("s3:DeleteObject", f"<{bucket}.Arn>/files/*") in granted(batching, name)
    }
    assert able == {FunctionName.REAPER, FunctionName.RECONCILER}


def test_the_reconciler_can_neither_put_a_record_nor_a_file(batching: Template) -> None:
    """It updates what accounts count for; IAM cannot tell one item of an account from another."""
    table, bucket = batching.table("PK", "SK")[0], batching.only("AWS::S3::Bucket")[0]
    able = granted(batching, FunctionName.RECONCILER)
    writing = ("dynamodb:PutItem", "dynamodb:BatchWriteItem", "dynamodb:TransactWriteItems")
    assert not able & {(action, f"<{table}.Arn>") for action in writing}
    assert [resource for action, resource in able if action == "s3:PutObject"] == [
        f"<{bucket}.Arn>/reconciler/progress.json"
    ]


def test_only_the_authorizer_reads_keys_and_nobody_writes_them(batching: Template) -> None:
    keys_table = batching.table("PK")[0]
    able = {
        (name, action)
        for name in FunctionName
        for action, resource in granted(batching, name)
        if resource.startswith(f"<{keys_table}.")
    }
    assert able == {(FunctionName.AUTHORIZER, "dynamodb:GetItem")}


def test_only_this_api_and_the_schedule_may_call_functions(batching: Template) -> None:
    api, rule = (batching.only(t)[0] for t in ("AWS::ApiGateway::RestApi", "AWS::Events::Rule"))
    called = set()
    for permission in batching.properties("AWS::Lambda::Permission").values():
        if permission["Principal"] == "events.amazonaws.com":
            assert render(permission["SourceArn"]) == f"<{rule}.Arn>"
            function_id = batching.function(FunctionName.RECONCILER)[0]
            assert permission["FunctionName"]["Fn::GetAtt"][0] == function_id
            continue
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert f"<{api}>" in render(permission["SourceArn"])
        called.add(permission["FunctionName"]["Fn::GetAtt"][0])
    by_the_gateway = (
        FunctionName.FILES,
        FunctionName.UPLOADS,
        FunctionName.AUTHORIZER,
        FunctionName.BATCHES,
        FunctionName.CONSOLE,
    )
    assert called == {batching.function(name)[0] for name in by_the_gateway}


@pytest.mark.parametrize("name", FunctionName)
def test_a_role_that_may_get_objects_may_also_list_the_bucket(name: FunctionName) -> None:
    """Otherwise S3 answers 403, not 404, for an object that is missing."""
    rows = PERMISSIONS[name]
    if any("s3:GetObject" in row.actions for row in rows):
        assert any(r.resource is Resource.BUCKET and "s3:ListBucket" in r.actions for r in rows)
