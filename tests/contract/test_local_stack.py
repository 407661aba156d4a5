"""What the emulator's CloudFormation ignores, and make start puts right from the template."""

from collections.abc import Callable
from typing import Any

from lambdas.domain.keys import INCOMPLETE_UPLOAD_DAYS, RETENTION_DAYS, TTL_ATTRIBUTE
from local.stack import Stack


def test_records_expire_by_the_tables_ttl(stack: Stack, aws: Callable[[str], Any]) -> None:
    ttl = aws("dynamodb").describe_time_to_live(TableName=stack.files_table)
    assert ttl["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": TTL_ATTRIBUTE,
    }


def test_objects_expire_by_the_buckets_rules(stack: Stack, aws: Callable[[str], Any]) -> None:
    rules = aws("s3").get_bucket_lifecycle_configuration(Bucket=stack.bucket)["Rules"]
    days = {
        rule["Filter"]["Prefix"]: rule["Expiration"]["Days"]
        for rule in rules
        if "Expiration" in rule
    }
    assert {f"files/{day:02d}/": day for day in RETENTION_DAYS}.items() <= days.items()
    aborted = [
        rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        for rule in rules
        if "AbortIncompleteMultipartUpload" in rule
    ]
    assert aborted == [INCOMPLETE_UPLOAD_DAYS]
