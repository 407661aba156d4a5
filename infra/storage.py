"""Where everything is kept: the files table, the keys table and the bucket.

Versioning of the bucket is off on purpose: a version would keep the bytes of a file that its owner
deleted or that expired, and no object of ours is ever overwritten with other content.
"""

from collections.abc import Collection
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.bucket_policy import no_copies_by_url
from infra.config import Config
from infra.removal import removal_policy
from lambdas.domain import keys

CORS_MAX_AGE_S = 3_600


class Storage(Construct):
    """Retained when the stack goes, unless the deployer says otherwise."""

    def __init__(
        self, scope: Construct, construct_id: str, config: Config, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, construct_id)
        self.files_table = _table(
            self,
            "FilesTable",
            config,
            key,
            sort_key=_string(keys.SORT_KEY),
            time_to_live_attribute=keys.TTL_ATTRIBUTE,
            stream=dynamodb.StreamViewType.OLD_IMAGE,
        )
        self.files_table.add_global_secondary_index(
            index_name=keys.UNCHECKED_INDEX,
            partition_key=_string(keys.UNCHECKED_SHARD),
            sort_key=dynamodb.Attribute(name=keys.CREATED_AT, type=dynamodb.AttributeType.NUMBER),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=list(keys.UNCHECKED_PROJECTED),
        )
        self.keys_table = _table(self, "KeysTable", config, key)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            bucket_key_enabled=True if key else None,  # one use of the key for many objects
            enforce_ssl=True,
            minimum_tls_version=1.2,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=lifecycle_rules(config),
            cors=cors_rules(config),
            removal_policy=removal_policy(config),
        )
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement.from_json(no_copies_by_url(self.bucket.bucket_arn))
        )

    def origin(self, config: Config) -> str:
        """Where presigned URLs lead: the bucket's own host, or the emulator."""
        if config.local:
            return config.local_endpoint
        return f"https://{self.bucket.bucket_regional_domain_name}"

    def allow_console(self, origin: str) -> None:
        """Let the console's page, whose origin is the API's, send parts and read previews."""
        self.bucket.add_cors_rule(**_cors_rule([origin]))


def lifecycle_rules(config: Config) -> list[s3.LifecycleRule]:
    """One rule for each retention folder, one for proxied parts, one for incomplete uploads; with
    a model endpoint one for what batches keep for themselves.

    They remove bytes by themselves when everything else has failed. 33 rules; S3 takes 1,000.
    """
    batches = s3.LifecycleRule(
        id="expire-batches",
        prefix=keys.BATCHES_FOLDER,
        expiration=Duration.days(keys.BATCHES_LIFETIME_DAYS),
    )
    return [
        *(
            s3.LifecycleRule(
                id=f"expire-after-{days:02d}-days",
                prefix=keys.retention_folder(days),
                expiration=Duration.days(days),
            )
            for days in keys.RETENTION_DAYS
        ),
        s3.LifecycleRule(
            id="expire-proxied-parts",
            prefix=keys.PARTS_FOLDER,
            expiration=Duration.days(keys.PARTS_LIFETIME_DAYS),
        ),
        s3.LifecycleRule(
            id="abort-incomplete-uploads",
            abort_incomplete_multipart_upload_after=Duration.days(keys.INCOMPLETE_UPLOAD_DAYS),
        ),
        *([batches] if config.batches else []),
    ]


def cors_rules(config: Config) -> list[s3.CorsRule] | None:
    """For the pages that the deployer named; the console's own rule is added when its origin is
    known."""
    if not config.allowed_origins:
        return None
    return [s3.CorsRule(**_cors_rule(config.allowed_origins))]


def _cors_rule(origins: Collection[str]) -> dict[str, Any]:
    """What a browser needs for presigned parts (PUT, and their ETag) and downloads (GET)."""
    return {
        "allowed_origins": list(origins),
        "allowed_methods": [s3.HttpMethods.PUT, s3.HttpMethods.GET],
        "allowed_headers": ["*"],
        "exposed_headers": ["ETag"],
        "max_age": CORS_MAX_AGE_S,
    }


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def _table(
    scope: Construct,
    construct_id: str,
    config: Config,
    key: kms.IKey | None,
    *,
    sort_key: dynamodb.Attribute | None = None,
    time_to_live_attribute: str | None = None,
    stream: dynamodb.StreamViewType | None = None,
) -> dynamodb.Table:
    return dynamodb.Table(
        scope,
        construct_id,
        partition_key=_string(keys.PARTITION_KEY),
        sort_key=sort_key,
        time_to_live_attribute=time_to_live_attribute,
        stream=stream,
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED
        if key
        else dynamodb.TableEncryption.DEFAULT,  # AWS_MANAGED would bill each use of a KMS key
        encryption_key=key,
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        deletion_protection=config.deletion_protection,
        removal_policy=removal_policy(config),
    )
