"""The reconciler as it is deployed, with its own environment and schedule, invoked by hand."""

import json
from collections.abc import Callable
from typing import Any

from local.stack import Stack


def reconciler(aws: Callable[[str], Any]) -> str:
    (stack,) = aws("cloudformation").describe_stacks(StackName="Linegate")["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    return str(outputs["ReconcilerFunction"])


def invoke(aws: Callable[[str], Any], event: dict[str, Any]) -> Any:
    answer = aws("lambda").invoke(FunctionName=reconciler(aws), Payload=json.dumps(event).encode())
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read())


def test_an_operators_dry_run_goes_through_everything(
    stack: Stack, aws: Callable[[str], Any]
) -> None:
    answer = invoke(aws, {})
    assert answer["position"] is None
    assert not any(finding["repaired"] for finding in answer["first"])


def test_the_scheduled_run_keeps_its_progress(stack: Stack, aws: Callable[[str], Any]) -> None:
    invoke(aws, {"scheduled": True})
    kept = aws("s3").get_object(Bucket=stack.bucket, Key="reconciler/progress.json")
    assert json.loads(kept["Body"].read())["position"] is None


def test_the_schedule_is_there(stack: Stack, aws: Callable[[str], Any]) -> None:
    rules = aws("events").list_rules()["Rules"]
    assert [rule["ScheduleExpression"] for rule in rules] == ["rate(1 hour)"]
