"""What batches add to the template: their queues, what feeds their functions, what those know."""

from typing import Any

import pytest

from infra.config import Config, ConfigError
from infra.permissions import FunctionName
from tests.infrastructure.template import Template, render, statements, synthesize

COMMON = {
    "LINEGATE_STACK_NAME",
    "POWERTOOLS_LOG_LEVEL",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
    "LINEGATE_FILES_TABLE",
}
DISPATCHER_QUEUE = "LINEGATE_DISPATCHER_QUEUE_URL"
WORKER_QUEUE = "LINEGATE_WORKER_QUEUE_URL"
FINISHER_QUEUE = "LINEGATE_FINISHER_QUEUE_URL"
ENDPOINT = {
    "LINEGATE_BATCH_ENDPOINT",
    "LINEGATE_BATCH_ENDPOINT_KEY_NAME",
    "LINEGATE_BATCH_PARALLELISM",
    "LINEGATE_BATCH_REQUEST_TIMEOUT_S",
}
URL = "https://models.example.com/v1"


def variables(template: Template, name: FunctionName) -> dict[str, Any]:
    known: dict[str, Any] = template.function(name)[1]["Environment"]["Variables"]
    return known


def feed(template: Template, name: FunctionName) -> dict[str, Any]:
    """The event source mapping of a function."""
    function_id, _ = template.function(name)
    mappings = template.properties("AWS::Lambda::EventSourceMapping").values()
    (found,) = [m for m in mappings if m["FunctionName"] == {"Ref": function_id}]
    return found


def queue_of(template: Template, name: FunctionName) -> tuple[str, dict[str, Any]]:
    queue_id = feed(template, name)["EventSourceArn"]["Fn::GetAtt"][0]
    return queue_id, template.properties("AWS::SQS::Queue")[queue_id]


STEPS = (FunctionName.DISPATCHER, FunctionName.WORKER, FunctionName.FINISHER)


@pytest.mark.parametrize(
    ("name", "own", "when_set"),
    [
        (
            FunctionName.BATCHES,
            {DISPATCHER_QUEUE},
            {"LINEGATE_LIMITS", "LINEGATE_ALLOWED_ORIGINS"},
        ),
        (
            FunctionName.DISPATCHER,
            {"LINEGATE_BUCKET", DISPATCHER_QUEUE, WORKER_QUEUE, FINISHER_QUEUE},
            set(),
        ),
        (
            FunctionName.WORKER,
            {"LINEGATE_BUCKET", WORKER_QUEUE, FINISHER_QUEUE} | ENDPOINT,
            {"LINEGATE_LIMITS"},
        ),
        (FunctionName.FINISHER, {"LINEGATE_BUCKET", FINISHER_QUEUE}, {"LINEGATE_LIMITS"}),
    ],
)
def test_a_function_is_told_only_what_it_needs(
    batching: Template,
    everything: Template,
    name: FunctionName,
    own: set[str],
    when_set: set[str],
) -> None:
    assert set(variables(batching, name)) == COMMON | own
    assert set(variables(everything, name)) == COMMON | own | when_set


def test_the_worker_knows_the_secret_by_its_name(everything: Template) -> None:
    known = variables(everything, FunctionName.WORKER)
    assert {name: known[name] for name in ENDPOINT} == {
        "LINEGATE_BATCH_ENDPOINT": URL,
        "LINEGATE_BATCH_ENDPOINT_KEY_NAME": "models/key",
        "LINEGATE_BATCH_PARALLELISM": "16",
        "LINEGATE_BATCH_REQUEST_TIMEOUT_S": "120",
    }


@pytest.mark.parametrize("name", STEPS)
def test_a_step_takes_one_message_at_a_time_and_fails_alone(
    batching: Template, name: FunctionName
) -> None:
    found = feed(batching, name)
    assert found["BatchSize"] == 1
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert found["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_the_deployer_says_how_many_workers_there_are(everything: Template) -> None:
    found = feed(everything, FunctionName.WORKER)
    assert found["ScalingConfig"] == {"MaximumConcurrency": 5}


@pytest.mark.parametrize("name", STEPS)
def test_a_message_outlasts_its_function_by_little(batching: Template, name: FunctionName) -> None:
    """Shorter, and it would be handled twice; much longer, and a killed one would wait long."""
    _, queue = queue_of(batching, name)
    timeout_s = batching.function(name)[1]["Timeout"]
    assert timeout_s < queue["VisibilityTimeout"] <= timeout_s + 60


@pytest.mark.parametrize("name", STEPS)
def test_a_message_that_fails_five_times_goes_to_the_dead_letters(
    batching: Template, name: FunctionName
) -> None:
    _, queue = queue_of(batching, name)
    redrive = queue["RedrivePolicy"]
    assert redrive["maxReceiveCount"] == 5
    dead_letters = batching.body["Outputs"]["BatchDeadLetterQueueUrl"]["Value"]["Ref"]
    assert render(redrive["deadLetterTargetArn"]) == f"<{dead_letters}.Arn>"


def test_queues_are_encrypted_and_take_tls_only(batching: Template) -> None:
    queues = batching.properties("AWS::SQS::Queue")
    assert len(queues) == 7
    policies = batching.properties("AWS::SQS::QueuePolicy").values()
    refusing = {
        policy["Queues"][0]["Ref"]
        for policy in policies
        for statement in statements(policy["PolicyDocument"])
        if statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }
    assert refusing == set(queues)
    assert all(queue["SqsManagedSseEnabled"] for queue in queues.values())


def test_every_route_of_batches_needs_a_key(batching: Template) -> None:
    resources = batching.properties("AWS::ApiGateway::Resource")
    (batches,) = [k for k, r in resources.items() if r["PathPart"] == "batches"]
    below = {batches}
    for _ in range(2):
        below |= {k for k, r in resources.items() if r["ParentId"].get("Ref") in below}
    methods = [
        m
        for m in batching.properties("AWS::ApiGateway::Method").values()
        if m["ResourceId"].get("Ref") in below
    ]
    assert len(methods) == 4
    assert {m["AuthorizationType"] for m in methods} == {"CUSTOM"}


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"batch_endpoint": "http://models.example.com/v1"}, "https://"),
        ({"batch_endpoint": "https://user:key@models.example.com"}, "a base URL"),
        ({"batch_endpoint": "https://models.example.com/v1?key=1"}, "a base URL"),
        ({"batch_endpoint_secret": "models/key"}, "batch_endpoint"),
        ({"route_throttles": "POST /batches=1:1"}, "batch_endpoint"),
        ({"completion_windows": "24h,1000h"}, "'1h' to '168h'"),
        ({"batch_workers": "1"}, "batch_workers"),
    ],
)
def test_a_setting_that_cannot_be_deployed_is_one_line(
    context: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        Config.from_context(context)
    assert "\n" not in str(error.value)


def test_an_endpoint_on_this_machine_is_for_the_emulator() -> None:
    context = {"target": "local", "batch_endpoint": "http://127.0.0.1:6463/v1"}
    assert Config.from_context(context).batches


def test_without_a_secret_nobody_reads_one() -> None:
    template = synthesize(batch_endpoint=URL)
    (policy,) = template.role(FunctionName.WORKER)["Policies"]
    actions = {a for s in statements(policy["PolicyDocument"]) for a in s["Action"]}
    assert not [action for action in actions if action.startswith("secretsmanager:")]
    assert "LINEGATE_BATCH_ENDPOINT_KEY_NAME" not in variables(template, FunctionName.WORKER)
