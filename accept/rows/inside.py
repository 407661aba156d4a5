"""Inside the stack, with its operator's credentials: what no client can see.

IAM actions, beside those of `operator`: cloudformation:ListStackResources,
lambda:GetFunctionConfiguration, lambda:InvokeFunction, dynamodb:DescribeTimeToLive,
s3:GetLifecycleConfiguration.
"""

import json
from typing import Any

from accept.checking import Check, shown
from accept.operator import Operator
from accept.promises import Need, promise
from accept.service import Service

HANDLERS = ("authorizer", "files", "finalizer", "reaper", "reconciler", "uploads")

HARMLESS: dict[str, object] = {
    "finalizer": {
        "Records": [
            {
                "messageId": "accept",
                "receiptHandle": "accept",
                "eventSource": "aws:sqs",
                "attributes": {"ApproximateReceiveCount": "1"},
                "body": json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent"}),
            }
        ]
    },
    "reaper": {"Records": []},
}
"""Events that change nothing: the message that S3 sends to a new queue, and no removal at all."""


def _functions(operator: Operator) -> dict[str, dict[str, Any]]:
    """The service's functions by handler, as Lambda describes them."""
    functions = operator.client("lambda")
    pages = operator.client("cloudformation").get_paginator("list_stack_resources")
    found = {}
    for page in pages.paginate(StackName=operator.stack_name):
        for resource in page["StackResourceSummaries"]:
            if resource["ResourceType"] == "AWS::Lambda::Function":
                name = resource["PhysicalResourceId"]
                described = functions.get_function_configuration(FunctionName=name)
                module = described["Handler"].split(".")[-2]
                found[module] = described
    return found


def _invoke(operator: Operator, check: Check, name: str, event: object) -> Any:
    answer = operator.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    said = answer["Payload"].read().decode()
    check.that("FunctionError" not in answer, f"{name}: {shown(said)}")
    return json.loads(said)


@promise("the functions behind events import on their architecture, and answer", Need.OPERATOR)
def functions_answer(service: Service, check: Check) -> str:
    assert service.operator is not None
    functions = _functions(service.operator)
    check.that(set(HANDLERS) <= set(functions), f"functions: {sorted(functions)}")
    check.ok(service.send("GET", "/files?limit=1"))  # authorizer and files
    check.error(service.send("GET", "/uploads/nothing"), 404, "upload_not_found")
    for module, event in HARMLESS.items():
        answer = _invoke(service.operator, check, functions[module]["FunctionName"], event)
        check.equal(module, answer, {"batchItemFailures": []})
    machines = {functions[module].get("Architectures", ["?"])[0] for module in HANDLERS}
    runtimes = {functions[module]["Runtime"] for module in HANDLERS}
    return f"{len(HANDLERS)} functions on {', '.join(machines)}, {', '.join(runtimes)}"


@promise("the reconciler's dry run finds no file without bytes and does not stop", Need.OPERATOR)
def reconciler_dry_run(service: Service, check: Check) -> str:
    assert service.operator is not None
    name = service.operator.outputs["ReconcilerFunction"]
    answer = _invoke(service.operator, check, name, {})
    check.that("stopped" not in answer, f"stopped: {answer.get('stopped')}")
    check.equal("files without bytes", answer["found"].get("FileWithoutBytes", 0), 0)
    return f"{answer['examined']} examined, found {answer['found'] or 'nothing'}"


@promise("DynamoDB's TTL is on, for expires_at", Need.OPERATOR)
def ttl_is_on(service: Service, check: Check) -> str:
    assert service.operator is not None
    table = service.operator.outputs["FilesTable"]
    answer = service.operator.client("dynamodb").describe_time_to_live(TableName=table)
    described = answer["TimeToLiveDescription"]
    check.one_of("status", described.get("TimeToLiveStatus"), ("ENABLED", "ENABLING"))
    check.equal("attribute", described.get("AttributeName"), "expires_at")
    return f"{described['TimeToLiveStatus']}, {described['AttributeName']}"


@promise(
    "the bucket has a lifecycle rule for each day of retention, and for open uploads", Need.OPERATOR
)
def lifecycle_is_on(service: Service, check: Check) -> str:
    assert service.operator is not None
    bucket = service.operator.outputs["Bucket"]
    s3 = service.operator.client("s3")
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    enabled = [rule for rule in rules if rule["Status"] == "Enabled"]
    days = {rule["Expiration"]["Days"] for rule in enabled if "Days" in rule.get("Expiration", {})}
    check.that(set(range(1, 31)) <= days, f"days: {sorted(days)}")
    aborts = [rule for rule in enabled if "AbortIncompleteMultipartUpload" in rule]
    check.that(bool(aborts), "no rule aborts incomplete uploads")
    return f"{len(enabled)} rules: 1 to {max(days)} days, incomplete uploads"
