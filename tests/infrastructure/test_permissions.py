"""Each role against the one table, action by action; and what no role may ever have."""

import pytest

from infra.permissions import OWN_LOGS, PERMISSIONS, FunctionName, Resource
from tests.infrastructure.template import Template, render, statements


def arns(template: Template, name: FunctionName) -> dict[Resource, str]:
    """How the template writes the ARN of each resource, for one function's role."""
    files_table = template.table("PK", "SK")[0]
    keys_table = template.table("PK")[0]
    bucket = template.only("AWS::S3::Bucket")[0]
    mappings = template.properties("AWS::Lambda::EventSourceMapping").values()
    (stream,) = [m for m in mappings if "DestinationConfig" in m]
    (queue,) = [m for m in mappings if "DestinationConfig" not in m]
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
        Resource.FINALIZER_QUEUE: render(queue["EventSourceArn"]),
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
def test_a_role_may_do_exactly_what_its_rows_say(template: Template, name: FunctionName) -> None:
    arn = arns(template, name)
    rows = (*PERMISSIONS[name], OWN_LOGS)
    assert granted(template, name) == {(a, arn[row.resource]) for row in rows for a in row.actions}


@pytest.mark.parametrize("name", FunctionName)
def test_a_role_is_one_functions_and_has_nothing_attached(
    template: Template, name: FunctionName
) -> None:
    role = template.role(name)
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


def test_no_permission_is_for_every_resource_but_sending_traces_where_asked(
    template: Template, everything: Template
) -> None:
    for name in FunctionName:
        found = [
            {each for each in granted(of, name) if not each[1].startswith("<")}
            for of in (template, everything)
        ]
        assert found == [set(), TRACING]


def test_only_reaper_and_reconciler_remove_the_bytes_of_a_file(template: Template) -> None:
    bucket = template.only("AWS::S3::Bucket")[0]
    able = {
        name
        for name in FunctionName
        if ("s3:DeleteObject", f"<{bucket}.Arn>/files/*") in granted(template, name)
    }
    assert able == {FunctionName.REAPER, FunctionName.RECONCILER}


def test_the_reconciler_can_neither_put_a_record_nor_a_file(template: Template) -> None:
    """It updates what accounts count for; IAM cannot tell one item of an account from another."""
    table, bucket = template.table("PK", "SK")[0], template.only("AWS::S3::Bucket")[0]
    able = granted(template, FunctionName.RECONCILER)
    writing = ("dynamodb:PutItem", "dynamodb:BatchWriteItem", "dynamodb:TransactWriteItems")
    assert not able & {(action, f"<{table}.Arn>") for action in writing}
    assert [resource for action, resource in able if action == "s3:PutObject"] == [
        f"<{bucket}.Arn>/reconciler/progress.json"
    ]


def test_only_the_authorizer_reads_keys_and_nobody_writes_them(template: Template) -> None:
    keys_table = template.table("PK")[0]
    able = {
        (name, action)
        for name in FunctionName
        for action, resource in granted(template, name)
        if resource.startswith(f"<{keys_table}.")
    }
    assert able == {(FunctionName.AUTHORIZER, "dynamodb:GetItem")}


def test_only_this_api_and_the_schedule_may_call_functions(template: Template) -> None:
    api, rule = (template.only(t)[0] for t in ("AWS::ApiGateway::RestApi", "AWS::Events::Rule"))
    called = set()
    for permission in template.properties("AWS::Lambda::Permission").values():
        if permission["Principal"] == "events.amazonaws.com":
            assert render(permission["SourceArn"]) == f"<{rule}.Arn>"
            function_id = template.function(FunctionName.RECONCILER)[0]
            assert permission["FunctionName"]["Fn::GetAtt"][0] == function_id
            continue
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert f"<{api}>" in render(permission["SourceArn"])
        called.add(permission["FunctionName"]["Fn::GetAtt"][0])
    by_the_gateway = (FunctionName.FILES, FunctionName.UPLOADS, FunctionName.AUTHORIZER)
    assert called == {template.function(name)[0] for name in by_the_gateway}


@pytest.mark.parametrize("name", FunctionName)
def test_a_role_that_may_get_objects_may_also_list_the_bucket(name: FunctionName) -> None:
    """Otherwise S3 answers 403, not 404, for an object that is missing."""
    rows = PERMISSIONS[name]
    if any("s3:GetObject" in row.actions for row in rows):
        assert any(r.resource is Resource.BUCKET and "s3:ListBucket" in r.actions for r in rows)
