"""Tables and bucket: encrypted, private, TLS only, expiring, retained unless told otherwise."""

from typing import Any

import pytest

from lambdas.domain import keys
from tests.infrastructure.template import Template, render, statements


def lifecycle_rules(template: Template) -> dict[str, dict[str, Any]]:
    bucket = template.only("AWS::S3::Bucket")[1]["Properties"]
    return {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}


@pytest.mark.parametrize("days", keys.RETENTION_DAYS)
def test_each_retention_folder_expires_after_its_days(template: Template, days: int) -> None:
    assert lifecycle_rules(template)[f"expire-after-{days:02d}-days"] == {
        "Id": f"expire-after-{days:02d}-days",
        "Prefix": f"files/{days:02d}/",
        "ExpirationInDays": days,
        "Status": "Enabled",
    }


def test_proxied_parts_expire_after_two_days(template: Template) -> None:
    assert lifecycle_rules(template)["expire-proxied-parts"] == {
        "Id": "expire-proxied-parts",
        "Prefix": "parts/",
        "ExpirationInDays": 2,
        "Status": "Enabled",
    }


def test_incomplete_uploads_are_aborted_after_a_day(template: Template) -> None:
    assert lifecycle_rules(template)["abort-incomplete-uploads"] == {
        "Id": "abort-incomplete-uploads",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        "Status": "Enabled",
    }


def test_there_is_no_other_lifecycle_rule(template: Template) -> None:
    assert len(lifecycle_rules(template)) == 32


def test_what_batches_keep_for_themselves_goes_after_10_days(batching: Template) -> None:
    rules = lifecycle_rules(batching)
    assert len(rules) == 33
    assert rules["expire-batches"] == {
        "Id": "expire-batches",
        "Prefix": "batches/",
        "ExpirationInDays": 10,
        "Status": "Enabled",
    }


def test_the_bucket_is_closed_to_the_public(template: Template) -> None:
    _, bucket = template.only("AWS::S3::Bucket")
    assert bucket["Properties"]["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    ownership = bucket["Properties"]["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_the_bucket_is_encrypted(template: Template) -> None:
    bucket = template.only("AWS::S3::Bucket")[1]["Properties"]
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_the_bucket_keeps_no_versions_of_deleted_bytes(template: Template) -> None:
    assert "VersioningConfiguration" not in template.only("AWS::S3::Bucket")[1]["Properties"]


def bucket_policy(template: Template) -> list[dict[str, Any]]:
    _, policy = template.only("AWS::S3::BucketPolicy")
    return statements(policy["Properties"]["PolicyDocument"])


def test_the_bucket_policy_only_denies_and_to_everybody(template: Template) -> None:
    for statement in bucket_policy(template):
        assert statement["Effect"] == "Deny"
        assert statement["Principal"] == {"AWS": "*"}


def test_the_bucket_takes_tls_only(template: Template) -> None:
    bucket_id, _ = template.only("AWS::S3::Bucket")
    everything = [f"<{bucket_id}.Arn>", f"<{bucket_id}.Arn>/*"]
    conditions = [
        statement["Condition"]
        for statement in bucket_policy(template)
        if (statement["Action"], statement["Resource"]) == (["s3:*"], everything)
    ]
    assert {"Bool": {"aws:SecureTransport": "false"}} in conditions
    assert {"NumericLessThan": {"s3:TlsVersion": 1.2}} in conditions


def test_no_presigned_url_copies_another_object(template: Template) -> None:
    bucket_id, _ = template.only("AWS::S3::Bucket")
    (denied,) = [s for s in bucket_policy(template) if s["Action"] == ["s3:PutObject"]]
    assert denied["Resource"] == [f"<{bucket_id}.Arn>/*"]
    assert denied["Condition"] == {
        "Null": {"s3:x-amz-copy-source": "false"},
        "StringEquals": {"s3:authType": "REST-QUERY-STRING"},
    }


def test_browsers_may_put_parts_and_get_content_from_allowed_origins(everything: Template) -> None:
    bucket = everything.only("AWS::S3::Bucket")[1]["Properties"]
    rule, _ = bucket["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == ["https://a.example", "https://b.example"]
    assert sorted(rule["AllowedMethods"]) == ["GET", "PUT"]
    assert rule["ExposedHeaders"] == ["ETag"]


def test_only_the_console_may_by_default(template: Template) -> None:
    bucket = template.only("AWS::S3::Bucket")[1]["Properties"]
    (rule,) = bucket["CorsConfiguration"]["CorsRules"]
    base_url = render(template.body["Outputs"]["BaseUrl"]["Value"])
    stage, _ = template.only("AWS::ApiGateway::Stage")
    assert [render(origin) for origin in rule["AllowedOrigins"]] == [
        base_url.removesuffix(f"/<{stage}>")
    ]
    assert sorted(rule["AllowedMethods"]) == ["GET", "PUT"]


def test_the_files_table_expires_records_and_streams_old_images(template: Template) -> None:
    table = template.table("PK", "SK")[1]["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "OLD_IMAGE"}


def test_the_index_of_unchecked_files_has_what_a_look_at_them_needs(template: Template) -> None:
    """Oldest first, in partitions of its own, without file names."""
    table = template.table("PK", "SK")[1]["Properties"]
    assert table["GlobalSecondaryIndexes"] == [
        {
            "IndexName": "unchecked",
            "KeySchema": [
                {"AttributeName": "unchecked_shard", "KeyType": "HASH"},
                {"AttributeName": "created_at", "KeyType": "RANGE"},
            ],
            "Projection": {
                "ProjectionType": "INCLUDE",
                "NonKeyAttributes": ["bytes", "expires_at", "retention_s"],
            },
        }
    ]
    types = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
    assert (types["unchecked_shard"], types["created_at"]) == ("S", "N")


def test_keys_never_expire_by_themselves(template: Template) -> None:
    assert "TimeToLiveSpecification" not in template.table("PK")[1]["Properties"]


@pytest.mark.parametrize("key_names", [("PK", "SK"), ("PK",)])
def test_tables_are_on_demand_and_recoverable_and_pay_no_key(
    template: Template, key_names: tuple[str, ...]
) -> None:
    table = template.table(*key_names)[1]["Properties"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    # DynamoDB always encrypts; without SSE by a key that AWS owns, which is free.
    assert table["SSESpecification"] == {"SSEEnabled": False}
    recovery = table["PointInTimeRecoverySpecification"]
    assert recovery["PointInTimeRecoveryEnabled"] is True
    types = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}
    assert {types[name] for name in key_names} == {"S"}


KEPT = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Logs::LogGroup")


@pytest.mark.parametrize("kind", KEPT)
def test_what_was_stored_outlives_the_stack_but_not_its_rolled_back_creation(
    template: Template, kind: str
) -> None:
    for resource in template.resources(kind).values():
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resource["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("kind", KEPT)
def test_what_was_stored_goes_with_the_stack_when_asked(everything: Template, kind: str) -> None:
    for resource in everything.resources(kind).values():
        assert resource["DeletionPolicy"] == "Delete"


def test_tables_are_protected_where_the_deployer_says_so(everything: Template) -> None:
    for table in everything.properties("AWS::DynamoDB::Table").values():
        assert table["DeletionProtectionEnabled"] is True
