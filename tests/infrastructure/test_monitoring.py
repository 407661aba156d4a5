"""Alarms, whom they notify, dashboard and queries: table, template and runbook agree."""

import json
import re
from typing import Any

import pytest

from infra import prices
from infra.alarms import ALARMS
from infra.batch_alarms import BATCH_ALARMS, alarm_count
from infra.config import Config, ConfigError
from infra.functions import METRICS_NAMESPACE
from infra.permissions import FunctionName
from infra.queries import QUERIES
from infra.runbook import page
from lambdas.domain.routes import ROUTES
from local.layout import ROOT
from tests.infrastructure.conftest import EVERYTHING
from tests.infrastructure.template import Template, render, statements, synthesize

ALARM = "AWS::CloudWatch::Alarm"
ALL = (*ALARMS, *BATCH_ALARMS)

PUBLISHED = {
    ("AWS/ApiGateway", "5XXError"): {"ApiName", "Stage"},
    ("AWS/ApiGateway", "Latency"): {"ApiName", "Stage"},
    ("AWS/DynamoDB", "ReadThrottleEvents"): {"TableName"},
    ("AWS/DynamoDB", "WriteThrottleEvents"): {"TableName"},
    ("AWS/Lambda", "Duration"): {"FunctionName"},
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Invocations"): {"FunctionName"},
    ("AWS/Lambda", "IteratorAge"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): {"QueueName"},
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
}
"""What AWS publishes by itself and by which dimensions, from the services' developer guides."""


def alarms(template: Template) -> dict[str, dict[str, Any]]:
    """Alarms by their row's name, without the stack's."""
    found = template.properties(ALARM).values()
    return {alarm["AlarmName"].removeprefix("Linegate-"): alarm for alarm in found}


def dimensions(alarm: dict[str, Any]) -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in alarm["Dimensions"]}


def test_there_is_an_alarm_for_each_row(template: Template) -> None:
    assert set(alarms(template)) == {row.name for row in ALARMS}
    assert len(ALARMS) == alarm_count(Config())


def test_batches_have_alarms_of_their_own(batching: Template) -> None:
    assert set(alarms(batching)) == {row.name for row in ALL}
    config = Config.from_context({"batch_endpoint": "https://models.example.com/v1"})
    assert len(ALL) == alarm_count(config)


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_an_alarm_is_what_its_row_says(batching: Template, row: Any) -> None:
    alarm = alarms(batching)[row.name]
    assert (alarm["Namespace"], alarm["MetricName"]) == (row.metric.namespace, row.metric.name)
    assert alarm.get("Statistic", alarm.get("ExtendedStatistic")) == row.metric.statistic
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (row.period_s, row.periods)
    assert alarm["Threshold"] == row.threshold_for(Config())
    assert alarm["ComparisonOperator"].startswith("LessThan" if row.below else "GreaterThan")


def test_an_alarm_of_awss_watches_a_metric_that_aws_publishes(batching: Template) -> None:
    for name, alarm in alarms(batching).items():
        if alarm["Namespace"] != METRICS_NAMESPACE:
            metric = (alarm["Namespace"], alarm["MetricName"])
            assert set(dimensions(alarm)) == PUBLISHED[metric], name


def test_an_alarm_of_our_own_has_the_dimensions_that_its_function_writes(
    batching: Template,
) -> None:
    template = batching
    for row in ALL:
        if row.metric.namespace == METRICS_NAMESPACE:
            assert isinstance(row.metric.of, FunctionName)
            variables = template.function(row.metric.of)[1]["Environment"]["Variables"]
            assert variables["POWERTOOLS_METRICS_NAMESPACE"] == METRICS_NAMESPACE
            assert dimensions(alarms(template)[row.name]) == {
                "service": variables["POWERTOOLS_SERVICE_NAME"],
                "stack": variables["LINEGATE_STACK_NAME"],
            }


def test_queues_functions_and_table_are_this_stacks(template: Template) -> None:
    mappings = template.properties("AWS::Lambda::EventSourceMapping").values()
    (stream,) = [m for m in mappings if "DestinationConfig" in m]
    (queue,) = [m for m in mappings if "DestinationConfig" not in m]
    checks = queue["EventSourceArn"]["Fn::GetAtt"][0]
    redrive = template.properties("AWS::SQS::Queue")[checks]["RedrivePolicy"]
    removals = stream["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"][0]
    found = {name: dimensions(alarm) for name, alarm in alarms(template).items()}
    assert render(found["ChecksBehind"]["QueueName"]) == f"<{checks}.QueueName>"
    dead = redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert render(found["CheckDeadLetters"]["QueueName"]) == f"<{dead}.QueueName>"
    assert render(found["RemovalDeadLetters"]["QueueName"]) == f"<{removals}.QueueName>"
    reaper = template.function(FunctionName.REAPER)[0]
    assert found["RemovalsBehind"] == {"FunctionName": {"Ref": reaper}}
    table = template.table("PK", "SK")[0]
    assert found["FilesTableWritesThrottled"] == {"TableName": {"Ref": table}}
    _, api = template.only("AWS::ApiGateway::RestApi")
    assert found["ApiErrors"]["ApiName"] == api["Properties"]["Name"]


def test_the_queues_of_batches_are_this_stacks(batching: Template) -> None:
    found = {name: dimensions(alarm) for name, alarm in alarms(batching).items()}
    mappings = batching.properties("AWS::Lambda::EventSourceMapping").values()
    worker = {"Ref": batching.function(FunctionName.WORKER)[0]}
    (feed,) = [m for m in mappings if m["FunctionName"] == worker]
    chunks = feed["EventSourceArn"]["Fn::GetAtt"][0]
    assert render(found["ChunksBehind"]["QueueName"]) == f"<{chunks}.QueueName>"
    dead = batching.body["Outputs"]["BatchDeadLetterQueueUrl"]["Value"]["Ref"]
    assert render(found["BatchDeadLetters"]["QueueName"]) == f"<{dead}.QueueName>"


def test_only_a_reconciler_that_does_not_run_is_noticed_by_silence(template: Template) -> None:
    breaching = {n for n, a in alarms(template).items() if a["TreatMissingData"] == "breaching"}
    assert breaching == {"ReconcilerMissing"}


def test_cloudwatch_takes_the_periods(everything: Template) -> None:
    """A week at most, and a day where a period is shorter than an hour (PutMetricAlarm)."""
    for alarm in alarms(everything).values():
        whole_s = alarm["Period"] * alarm["EvaluationPeriods"]
        assert alarm["Period"] % 60 == 0
        assert whole_s <= (604_800 if alarm["Period"] >= 3_600 else 86_400)


def test_a_slow_check_is_noticed_before_it_is_cut_off(template: Template) -> None:
    _, finalizer = template.function(FunctionName.FINALIZER)
    limit_ms = finalizer["Timeout"] * 1_000
    assert limit_ms / 2 < alarms(template)["FinalizerSlow"]["Threshold"] < limit_ms


def test_each_route_has_its_alarms_where_the_deployer_measures_routes(
    everything: Template,
) -> None:
    by_route: dict[str, set[str]] = {}
    for alarm in alarms(everything).values():
        found = dimensions(alarm)
        if "Resource" in found:
            route = f"{found['Method']} {found['Resource']}"
            by_route.setdefault(alarm["MetricName"], set()).add(route)
    routes = {route.name for route in ROUTES if route.function}
    assert by_route == {"5XXError": routes, "Latency": routes}
    assert len(alarms(everything)) == alarm_count(
        Config(route_metrics=True, batch_endpoint="https://models.example.com/v1")
    )


def test_the_gateway_measures_every_route_or_none(template: Template, everything: Template) -> None:
    for of, wanted in ((template, None), (everything, True)):
        _, stage = of.only("AWS::ApiGateway::Stage")
        settings = stage["Properties"]["MethodSettings"]
        assert {each.get("MetricsEnabled") for each in settings} == {wanted}


def test_nobody_is_notified_unless_the_deployer_says_who(template: Template) -> None:
    assert template.resources("AWS::SNS::Topic") == {}
    assert not any("AlarmActions" in alarm for alarm in alarms(template).values())


def test_an_address_is_notified_of_each_alarm_and_of_its_end(everything: Template) -> None:
    topic_id, topic = everything.only("AWS::SNS::Topic")
    _, subscription = everything.only("AWS::SNS::Subscription")
    assert subscription["Properties"] == {
        "Protocol": "email",
        "Endpoint": EVERYTHING["alarm_email"],
        "TopicArn": {"Ref": topic_id},
    }
    for alarm in alarms(everything).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": topic_id}]
    key_id, _ = everything.only("AWS::KMS::Key")
    assert topic["Properties"]["KmsMasterKeyId"] == {"Fn::GetAtt": [key_id, "Arn"]}


def test_the_topic_takes_messages_from_this_accounts_alarms_over_tls(everything: Template) -> None:
    _, policy = everything.only("AWS::SNS::TopicPolicy")
    found = {s["Effect"]: s for s in statements(policy["Properties"]["PolicyDocument"])}
    assert set(found) == {"Allow", "Deny"}
    assert found["Allow"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert found["Allow"]["Action"] == ["sns:Publish"]
    condition = found["Allow"]["Condition"]
    assert condition["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert render(condition["ArnLike"]["aws:SourceArn"]) == (
        "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*"
    )
    assert found["Deny"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_a_topic_of_the_deployers_is_used_as_it_is() -> None:
    arn = "arn:aws:sns:eu-west-1:111111111111:oncall"
    template = synthesize(alarm_topic_arn=arn)
    assert template.resources("AWS::SNS::Topic") == {}
    assert {alarm["AlarmActions"][0] for alarm in alarms(template).values()} == {arn}


def test_all_of_it_can_be_switched_off() -> None:
    template = synthesize(alarms=False, dashboard=False)
    assert template.resources(ALARM) == {}
    assert template.resources("AWS::CloudWatch::Dashboard") == {}
    assert alarm_count(Config(alarms=False)) == 0


@pytest.mark.parametrize(
    "given",
    [
        {"alarm_email": "a@b.example", "alarm_topic_arn": "arn:aws:sns:eu-west-1:111111111111:t"},
        {"alarm_email": "a@b.example", "alarms": False},
        {"alarm_email": "nobody"},
        {"alarm_topic_arn": "oncall"},
    ],
)
def test_what_cannot_notify_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Config.from_context(given)


@pytest.mark.parametrize("fixture", ["template", "everything", "local"])
def test_the_dashboard_is_a_free_one(fixture: str, request: pytest.FixtureRequest) -> None:
    template: Template = request.getfixturevalue(fixture)
    _, dashboard = template.only("AWS::CloudWatch::Dashboard")
    body = json.loads(render(dashboard["Properties"]["DashboardBody"]))
    metrics = 0
    for widget in body["widgets"]:
        about = widget["properties"]
        metrics += len(about.get("metrics", [])) + len(
            about.get("annotations", {}).get("alarms", [])
        )
    assert 20 <= metrics <= prices.FREE_DASHBOARD_METRICS


def test_queries_read_the_logs_of_their_functions(batching: Template) -> None:
    saved = batching.properties("AWS::Logs::QueryDefinition").values()
    groups = {
        batching.function(name)[1]["LoggingConfig"]["LogGroup"]["Ref"]: name
        for name in FunctionName
    }
    found = {
        query["Name"]: {groups[group["Ref"]] for group in query["LogGroupNames"]} for query in saved
    }
    assert found == {f"Linegate/{query.name}": set(query.functions) for query in QUERIES}


def test_the_emulator_gets_no_queries(local: Template) -> None:
    assert local.resources("AWS::Logs::QueryDefinition") == {}
    assert len(local.resources(ALARM)) == len(ALARMS)


def test_the_runbook_is_generated_from_the_table() -> None:
    assert (ROOT / "docs" / "runbook.md").read_text() == page(), "run: make docs"


def test_the_runbook_leads_somewhere() -> None:
    """Links into operations.md, and the saved queries and alarms that its entries name."""
    headings = re.findall(r"^#+ (.*)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-").replace("`", "") for heading in headings}
    queries, names = {query.name for query in QUERIES}, {row.name for row in ALL}
    for row in ALL:
        assert set(re.findall(r"operations\.md#([\w-]+)", row.action)) <= anchors, row.name
        asked = re.findall(r"saved quer(?:y|ies) \*(.*?)\*(?: and \*(.*?)\*)?", row.action)
        assert {name for pair in asked for name in pair if name} <= queries, row.name
        named = re.findall(r"[Ff]ollow `(\w+)`|look at `(FilesTable\w+)`", row.action)
        assert {name for pair in named for name in pair if name} <= names, row.name


def test_traces_are_sent_only_where_asked(template: Template, everything: Template) -> None:
    for of, wanted in ((template, None), (everything, True)):
        _, stage = of.only("AWS::ApiGateway::Stage")
        assert stage["Properties"].get("TracingEnabled") is wanted
        for function in of.properties("AWS::Lambda::Function").values():
            mode = {"Mode": "Active"} if wanted else None
            assert function.get("TracingConfig") == mode
