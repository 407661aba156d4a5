"""The optional key of the deployer's own: what it encrypts, and exactly who may use it for what."""

from typing import Any

import pytest

from infra.permissions import BATCH_FUNCTIONS, FunctionName
from tests.infrastructure.template import Template, render, statements

THROUGH = {
    service: f"{service}.<AWS::Region>.<AWS::URLSuffix>" for service in ("dynamodb", "s3", "sqs")
}
READ, WRITE = "kms:Decrypt", "kms:GenerateDataKey"

USES = {
    FunctionName.FILES: {"dynamodb": {READ}, "s3": {READ, WRITE}},
    FunctionName.UPLOADS: {"dynamodb": {READ}, "s3": {READ, WRITE}},
    FunctionName.AUTHORIZER: {"dynamodb": {READ}},
    FunctionName.FINALIZER: {"dynamodb": {READ}, "s3": {READ}, "sqs": {READ}},
    FunctionName.REAPER: {"dynamodb": {READ}, "sqs": {READ, WRITE}},
    FunctionName.RECONCILER: {"dynamodb": {READ}, "s3": {READ, WRITE}, "sqs": {READ, WRITE}},
    FunctionName.BATCHES: {"dynamodb": {READ}, "sqs": {READ, WRITE}},
    FunctionName.DISPATCHER: {"dynamodb": {READ}, "s3": {READ, WRITE}, "sqs": {READ, WRITE}},
    FunctionName.WORKER: {"dynamodb": {READ}, "s3": {READ, WRITE}, "sqs": {READ, WRITE}},
    FunctionName.FINISHER: {"dynamodb": {READ}, "s3": {READ, WRITE}, "sqs": {READ, WRITE}},
    FunctionName.CONSOLE: {},
}


def key(template: Template) -> tuple[str, dict[str, dict[str, Any]]]:
    """The key's id, and the statements of its policy by name."""
    key_id, resource = template.only("AWS::KMS::Key")
    policy = statements(resource["Properties"]["KeyPolicy"])
    return key_id, {statement["Sid"]: statement for statement in policy}


def test_there_is_none_by_default(template: Template) -> None:
    assert template.resources("AWS::KMS::Key") == {}
    for name in set(FunctionName) - BATCH_FUNCTIONS:
        (policy,) = template.role(name)["Policies"]
        granted = [a for s in statements(policy["PolicyDocument"]) for a in s["Action"]]
        assert not any(action.startswith("kms:") for action in granted)


def test_it_encrypts_all_that_is_stored(everything: Template) -> None:
    key_id, _ = key(everything)
    arn = {"Fn::GetAtt": [key_id, "Arn"]}
    bucket = everything.only("AWS::S3::Bucket")[1]["Properties"]
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
    assert rule == {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": default}
    for table in everything.properties("AWS::DynamoDB::Table").values():
        sse = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn}
        assert table["SSESpecification"] == sse
    for queue in everything.properties("AWS::SQS::Queue").values():
        assert queue["KmsMasterKeyId"] == arn
    for group in everything.properties("AWS::Logs::LogGroup").values():
        assert group["KmsKeyId"] == arn


def test_it_rotates_and_goes_only_when_asked(everything: Template) -> None:
    _, resource = everything.only("AWS::KMS::Key")
    assert resource["Properties"]["EnableKeyRotation"] is True
    assert resource["DeletionPolicy"] == "Delete"  # the fixture asked


@pytest.mark.parametrize("name", FunctionName)
def test_a_function_uses_it_for_what_its_rows_need(
    everything: Template, name: FunctionName
) -> None:
    key_id, _ = key(everything)
    (policy,) = everything.role(name)["Policies"]
    found = {}
    for statement in statements(policy["PolicyDocument"]):
        if any(action.startswith("kms:") for action in statement["Action"]):
            assert statement["Resource"] == [f"<{key_id}.Arn>"]
            ((_, condition),) = statement["Condition"].items()
            found[render(condition["kms:ViaService"])] = set(statement["Action"])
    assert found == {THROUGH[service]: actions for service, actions in USES[name].items()}


def test_the_account_may_use_it_through_the_services_only(everything: Template) -> None:
    _, policy = key(everything)
    for sid in ("UseThroughServices", "GrantsOfServices"):
        hosts = policy[sid]["Condition"]["StringEquals"]["kms:ViaService"]
        assert [render(host) for host in hosts] == [*THROUGH.values()]
    assert policy["GrantsOfServices"]["Action"] == ["kms:CreateGrant"]
    assert policy["GrantsOfServices"]["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    administration = policy["Administration"]
    assert "Condition" not in administration
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"} <= set(administration["Action"])
    content = {"kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:CreateGrant"}
    assert not content & set(administration["Action"])


def test_the_bucket_may_use_it_to_tell_the_queue(everything: Template) -> None:
    _, policy = key(everything)
    statement = policy["UploadNotifications"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert set(statement["Action"]) == {READ, WRITE}
    source = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert statement["Condition"]["StringEquals"] == source
    bucket = render(statement["Condition"]["ArnLike"]["aws:SourceArn"])
    assert bucket == "arn:<AWS::Partition>:s3:::linegate-*"


def test_the_logs_of_this_stack_may_use_it(everything: Template) -> None:
    _, policy = key(everything)
    statement = policy["Logs"]
    assert render(statement["Principal"]["Service"]) == "logs.<AWS::Region>.<AWS::URLSuffix>"
    groups = render(statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"])
    assert groups == "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:Linegate-*"


def test_alarms_may_use_it_to_send_to_the_topic(everything: Template) -> None:
    _, policy = key(everything)
    statement = policy["AlarmNotifications"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert set(statement["Action"]) == {READ, WRITE}
    source = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert statement["Condition"] == {"StringEquals": source}


def test_nobody_else_is_named_and_no_action_has_a_wildcard(everything: Template) -> None:
    _, policy = key(everything)
    assert set(policy) == {
        "Administration",
        "UseThroughServices",
        "GrantsOfServices",
        "UploadNotifications",
        "Logs",
        "AlarmNotifications",
    }
    for statement in policy.values():
        assert not any("*" in action for action in statement["Action"])
        if "AWS" in statement["Principal"]:
            root = "arn:<AWS::Partition>:iam::<AWS::AccountId>:root"
            assert render(statement["Principal"]["AWS"]) == root
