"""The two ways that work starts by itself, and what happens when it keeps failing."""

import json
from typing import Any

import pytest

from infra.permissions import FunctionName
from tests.infrastructure.template import Template, render, statements

DAY_S = 86_400


def mapping(template: Template, name: FunctionName) -> dict[str, Any]:
    """The event source mapping that feeds a function."""
    function_id, _ = template.function(name)
    mappings = template.properties("AWS::Lambda::EventSourceMapping").values()
    (found,) = [m for m in mappings if m["FunctionName"] == {"Ref": function_id}]
    return found


def finalizer_queue(template: Template) -> tuple[str, dict[str, Any]]:
    queue_id = mapping(template, FunctionName.FINALIZER)["EventSourceArn"]["Fn::GetAtt"][0]
    return queue_id, template.properties("AWS::SQS::Queue")[queue_id]


def queue_statements(template: Template, queue_id: str) -> list[dict[str, Any]]:
    policies = template.properties("AWS::SQS::QueuePolicy").values()
    (policy,) = [p for p in policies if p["Queues"] == [{"Ref": queue_id}]]
    return statements(policy["PolicyDocument"])


def test_only_a_completed_upload_of_a_file_wakes_the_finalizer(template: Template) -> None:
    queue_id, _ = finalizer_queue(template)
    bucket = template.only("AWS::S3::Bucket")[1]["Properties"]
    assert bucket["NotificationConfiguration"] == {
        "QueueConfigurations": [
            {
                "Event": "s3:ObjectCreated:CompleteMultipartUpload",
                "Queue": {"Fn::GetAtt": [queue_id, "Arn"]},
                "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "files/"}]}},
            }
        ]
    }


def test_the_queue_takes_messages_from_this_stacks_bucket_only(template: Template) -> None:
    queue_id, _ = finalizer_queue(template)
    (allowed,) = [s for s in queue_statements(template, queue_id) if s["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "s3.amazonaws.com"}
    assert allowed["Action"] == ["sqs:SendMessage"]
    assert allowed["Resource"] == [f"<{queue_id}.Arn>"]
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    source = render(allowed["Condition"]["ArnLike"]["aws:SourceArn"])
    assert source == "arn:<AWS::Partition>:s3:::linegate-*"


def test_the_queues_policy_is_there_before_the_bucket_needs_it(template: Template) -> None:
    """S3 refuses a notification to a queue that does not take its messages yet."""
    queue_id, _ = finalizer_queue(template)
    policies = template.properties("AWS::SQS::QueuePolicy").items()
    (policy_id,) = [k for k, p in policies if p["Queues"] == [{"Ref": queue_id}]]
    assert policy_id in template.only("AWS::S3::Bucket")[1]["DependsOn"]


def test_a_check_that_fails_five_times_goes_to_the_dead_letters(template: Template) -> None:
    _, queue = finalizer_queue(template)
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
    dead_id = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
    dead = template.properties("AWS::SQS::Queue")[dead_id]
    assert dead["MessageRetentionPeriod"] == 14 * DAY_S


def test_a_message_stays_invisible_for_six_timeouts(template: Template) -> None:
    _, queue = finalizer_queue(template)
    _, finalizer = template.function(FunctionName.FINALIZER)
    assert queue["VisibilityTimeout"] == 6 * finalizer["Timeout"]


def test_one_file_is_checked_a_call(template: Template) -> None:
    feed = mapping(template, FunctionName.FINALIZER)
    assert feed["BatchSize"] == 1
    assert feed["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert feed["ScalingConfig"] == {"MaximumConcurrency": 4}


def test_only_a_removed_file_wakes_the_reaper(template: Template) -> None:
    feed = mapping(template, FunctionName.REAPER)
    table_id, _ = template.table("PK", "SK")
    assert feed["EventSourceArn"] == {"Fn::GetAtt": [table_id, "StreamArn"]}
    (pattern,) = [json.loads(f["Pattern"]) for f in feed["FilterCriteria"]["Filters"]]
    assert pattern == {
        "eventName": ["REMOVE"],
        "dynamodb": {"Keys": {"SK": {"S": [{"prefix": "FILE#"}]}}},
    }


def test_a_removal_that_keeps_failing_is_isolated_and_kept(template: Template) -> None:
    feed = mapping(template, FunctionName.REAPER)
    assert feed["StartingPosition"] == "TRIM_HORIZON"
    assert feed["BisectBatchOnFunctionError"] is True
    assert feed["MaximumRetryAttempts"] == 10
    assert feed["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    dead_id = feed["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    dead = template.properties("AWS::SQS::Queue")[dead_id]
    assert dead["MessageRetentionPeriod"] == 14 * DAY_S


def test_the_two_ways_share_no_dead_letters(template: Template) -> None:
    """Moved back, a message of one would be meaningless to the other."""
    _, queue = finalizer_queue(template)
    reaper = mapping(template, FunctionName.REAPER)["DestinationConfig"]["OnFailure"]["Destination"]
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] != reaper


@pytest.mark.parametrize("condition", [{"Bool": {"aws:SecureTransport": "false"}}])
def test_queues_are_encrypted_and_take_tls_only(
    template: Template, condition: dict[str, Any]
) -> None:
    queues = template.properties("AWS::SQS::Queue")
    assert len(queues) == 3
    for queue_id, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True
        (denied,) = [s for s in queue_statements(template, queue_id) if s["Effect"] == "Deny"]
        assert (denied["Action"], denied["Condition"]) == (["sqs:*"], condition)
        assert denied["Principal"] == {"AWS": "*"}


def test_the_reconciler_runs_once_an_hour_and_repairs(template: Template) -> None:
    _, rule = template.only("AWS::Events::Rule")
    (target,) = rule["Properties"]["Targets"]
    reconciler_id, reconciler = template.function(FunctionName.RECONCILER)
    assert rule["Properties"]["ScheduleExpression"] == "rate(1 hour)"
    assert rule["Properties"]["State"] == "ENABLED"
    assert target["Arn"] == {"Fn::GetAtt": [reconciler_id, "Arn"]}
    assert json.loads(target["Input"]) == {"scheduled": True}
    assert reconciler["Timeout"] < 3_600
