"""Alarms on the deployed stack: what a failure leaves behind is what they watch, and they fire.

The emulator takes alarms and evaluates them, without regard to dimensions, when a metric comes in;
but it neither reads metrics from logs nor measures its own services. So these tests carry the
datapoints over, from where the failure left them, and compare the dimensions themselves.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.alarms import ALARMS
from lambdas.domain.file import FileRecord
from local.stack import Stack
from tests.contract.test_failure_paths import AWS, unchecked, wait_until_failed
from tests.contract.test_reconciler import invoke

__all__ = ["unchecked"]  # a fixture

Alarm = dict[str, Any]

PATIENCE_S = 30


@pytest.fixture
def alarm(aws: AWS) -> Callable[[str], Alarm]:
    def described(name: str) -> Alarm:
        (found,) = aws("cloudwatch").describe_alarms(AlarmNames=[f"Linegate-{name}"])[
            "MetricAlarms"
        ]
        return dict(found)

    return described


@pytest.fixture
def notified(aws: AWS) -> Iterator[tuple[str, Callable[[], Any]]]:
    """A topic, and what it was sent within PATIENCE_S."""
    sns, sqs, name = aws("sns"), aws("sqs"), f"alarms-{uuid.uuid4().hex}"
    topic = sns.create_topic(Name=name)["TopicArn"]
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])

    def received() -> Any:
        answer = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=PATIENCE_S)
        (message,) = answer["Messages"]
        return json.loads(json.loads(message["Body"])["Message"])

    yield topic, received
    sqs.delete_queue(QueueUrl=queue)
    sns.delete_topic(TopicArn=topic)


def publish(aws: AWS, watched: Alarm, value: float) -> None:
    """As CloudWatch would have the datapoint, of exactly this alarm's metric."""
    datum = {"MetricName": watched["MetricName"], "Dimensions": watched["Dimensions"]}
    aws("cloudwatch").put_metric_data(
        Namespace=watched["Namespace"],
        MetricData=[{**datum, "Timestamp": time.time(), "Value": value}],
    )


def logged(aws: AWS, function: str, watched: Alarm, since_s: float) -> float:
    """The metric's sum in a function's log; only entries with exactly the alarm's dimensions."""
    logs, ends = aws("logs"), time.monotonic() + PATIENCE_S
    wanted = {each["Name"]: each["Value"] for each in watched["Dimensions"]}
    while True:
        total = 0.0
        for group in logs.describe_log_groups()["logGroups"]:
            if function not in group["logGroupName"]:
                continue
            events = logs.filter_log_events(
                logGroupName=group["logGroupName"], startTime=int(since_s * 1_000)
            )["events"]
            total += sum(_value(event["message"], watched, wanted) for event in events)
        if total or time.monotonic() > ends:
            return total
        time.sleep(0.5)


def _value(line: str, watched: Alarm, wanted: dict[str, str]) -> float:
    if '"_aws"' not in line:
        return 0
    entry = json.loads(line[line.index("{") :])
    for told in entry["_aws"]["CloudWatchMetrics"]:
        names = [metric["Name"] for metric in told["Metrics"]]
        (dimensions,) = told["Dimensions"]
        about = {name: entry[name] for name in dimensions}
        if told["Namespace"] == watched["Namespace"] and watched["MetricName"] in names:
            return float(sum(entry[watched["MetricName"]])) if about == wanted else 0
    return 0


def test_every_alarm_is_deployed_and_waits(stack: Stack, aws: AWS) -> None:
    found = aws("cloudwatch").describe_alarms(AlarmNamePrefix="Linegate-")["MetricAlarms"]
    names = {each["AlarmName"] for each in found}
    assert {f"Linegate-{row.name}" for row in ALARMS} <= names


def test_failing_checks_fire_their_alarm_and_notify_its_topic(
    stack: Stack,
    aws: AWS,
    alarm: Callable[[str], Alarm],
    unchecked: FileRecord,
    notified: tuple[str, Callable[[], Any]],
) -> None:
    topic, received = notified
    watched, since_s = alarm("ChecksFail"), time.time()
    event = {"Records": [{"s3": {"object": {"key": unchecked.object_key}}}]}
    aws("sqs").send_message(QueueUrl=stack.finalizer_queue_url, MessageBody=json.dumps(event))
    wait_until_failed(aws, unchecked)
    failures = logged(aws, "Finalizer", watched, since_s)
    assert failures >= 1
    _add_action(aws, watched, topic)
    publish(aws, watched, 0)
    assert alarm("ChecksFail")["StateValue"] == "OK"
    publish(aws, watched, failures + watched["Threshold"])
    assert alarm("ChecksFail")["StateValue"] == "ALARM"
    message = received()
    assert (message["AlarmName"], message["NewStateValue"]) == ("Linegate-ChecksFail", "ALARM")
    assert "docs/runbook.md, ChecksFail" in message["AlarmDescription"]


def _add_action(aws: AWS, watched: Alarm, topic: str) -> None:
    """As the stack does with alarm_topic_arn: the same alarm with an action."""
    names = [
        "AlarmName",
        "AlarmDescription",
        "Namespace",
        "MetricName",
        "Dimensions",
        "Statistic",
        "Period",
        "Threshold",
        "EvaluationPeriods",
        "ComparisonOperator",
        "TreatMissingData",
    ]
    aws("cloudwatch").put_metric_alarm(
        **{name: watched[name] for name in names}, AlarmActions=[topic]
    )


def test_a_file_that_stays_unchecked_is_what_its_alarm_watches(
    stack: Stack, aws: AWS, alarm: Callable[[str], Alarm], unchecked: FileRecord
) -> None:
    watched, since_s = alarm("UncheckedFiles"), time.time()
    assert invoke(aws, {"scheduled": True})["found"]["UncheckedFile"] >= 1
    found = logged(aws, "Reconciler", watched, since_s)
    assert found >= 1
    publish(aws, watched, found)
    assert alarm("UncheckedFiles")["StateValue"] == "ALARM"


@pytest.mark.parametrize("name", ["CheckDeadLetters", "RemovalDeadLetters"])
def test_a_dead_letter_is_what_its_alarm_watches(
    stack: Stack, aws: AWS, alarm: Callable[[str], Alarm], name: str
) -> None:
    watched, sqs = alarm(name), aws("sqs")
    ((dimension,),) = [watched["Dimensions"]]
    assert dimension["Name"] == "QueueName"
    queue = sqs.get_queue_url(QueueName=dimension["Value"])["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}")
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    visible = float(attributes["ApproximateNumberOfMessages"])
    publish(aws, watched, visible)
    assert alarm(name)["StateValue"] == "ALARM"
    sqs.purge_queue(QueueUrl=queue)
    publish(aws, watched, 0)
