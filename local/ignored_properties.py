"""Applies to the emulator what its CloudFormation ignores: a table's TTL, a bucket's lifecycle.

Both come from the synthesized template, so nothing is written twice; whether the template is right
is for the tests of infra to show.
"""

import json
from typing import Any

import boto3

from local.deployment import STACK_NAME
from local.layout import CLOUD_ASSEMBLY

LIFECYCLE_NAMES = {
    "Id": "ID",
    "Status": "Status",
    "AbortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload",
}
"""CloudFormation's names of a rule's fields, and the S3 API's."""


def apply() -> None:
    """For the stack in the emulator that the environment points at."""
    names = _physical_names()
    template = json.loads((CLOUD_ASSEMBLY / f"{STACK_NAME}.template.json").read_text())
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::DynamoDB::Table" and "TimeToLiveSpecification" in properties:
            _set_ttl(names[logical_id], properties["TimeToLiveSpecification"])
        if resource["Type"] == "AWS::S3::Bucket" and "LifecycleConfiguration" in properties:
            _set_lifecycle(names[logical_id], properties["LifecycleConfiguration"]["Rules"])


def _physical_names() -> dict[str, str]:
    pages = (
        boto3.client("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName=STACK_NAME)
    )
    return {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for page in pages
        for resource in page["StackResourceSummaries"]
    }


def _set_ttl(table: str, specification: Any) -> None:
    dynamodb = boto3.client("dynamodb")
    status = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if status.get("TimeToLiveStatus") != "ENABLED":
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)


def _set_lifecycle(bucket: str, rules: list[dict[str, Any]]) -> None:
    boto3.client("s3").put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [s3_rule(rule) for rule in rules]}
    )


def s3_rule(rule: dict[str, Any]) -> Any:
    """A template's lifecycle rule as the S3 API has it. Pure.

    Raises KeyError for a field that nobody has translated yet.
    """
    fields = dict(rule)
    result: dict[str, Any] = {"Filter": {"Prefix": fields.pop("Prefix", "")}}
    if days := fields.pop("ExpirationInDays", None):
        result["Expiration"] = {"Days": days}
    return result | {LIFECYCLE_NAMES[name]: value for name, value in fields.items()}
