"""An encryption key of the deployer's own, for everything that is stored: optional, off by default.

By default the bucket, the tables, the queues and the logs are encrypted with keys that AWS keeps.
A key of one's own costs one more permission wherever content is touched, and buys a switch: without
the key nobody reads anything, AWS's services included, and each use of it can be audited.

Who may use it:

    the functions     through S3, DynamoDB and SQS alone, each for what its own rows need
    S3                to tell the encrypted queue of completed uploads
    CloudWatch Logs   for the log groups of this stack
    CloudWatch        to send alarms to the encrypted topic, where the stack has one
    the account       to administer it; to use it only through those three services
"""

from collections.abc import Iterable, Mapping

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.config import Config
from infra.permissions import Permission
from infra.removal import removal_policy

SERVICES = ("dynamodb", "s3", "sqs")

ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)

USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)

KEY_ACTIONS = {
    # An upload in parts reads what it wrote to join it (S3 User Guide, multipart upload and KMS).
    "s3:PutObject": ("kms:GenerateDataKey", "kms:Decrypt"),
    "s3:GetObject": ("kms:Decrypt",),
    # SQS Developer Guide, key management: producers need both, consumers the second.
    "sqs:SendMessage": ("kms:GenerateDataKey", "kms:Decrypt"),
    "sqs:ReceiveMessage": ("kms:Decrypt",),
}
"""What an action on encrypted content needs of the key besides its own right."""

TABLE_KEY_ACTIONS = ("kms:Decrypt",)
"""DynamoDB unwraps the table's key in the name of each caller, reader or writer; the keys below it
are its own affair (DynamoDB Developer Guide, encryption at rest). Streams likewise."""


def customer_key(scope: Construct, config: Config) -> kms.Key | None:
    """The key, where the deployer wants one. It outlives the stack as what it encrypts does."""
    if not config.customer_key:
        return None
    return kms.Key(
        scope,
        "Key",
        description=f"{config.stack_name}: files, records, keys, queues and logs",
        enable_key_rotation=True,
        policy=iam.PolicyDocument(statements=_key_policy(config)),
        removal_policy=removal_policy(config),
    )


def key_statements(rows: Iterable[Permission], key: kms.IKey | None) -> list[iam.PolicyStatement]:
    """The uses of the key that rows of the permissions table bring with them, one a service."""
    if key is None:
        return []
    needed: dict[str, set[str]] = {}
    for action in (action for row in rows for action in row.actions):
        service = action.partition(":")[0]
        fallback = TABLE_KEY_ACTIONS if service == "dynamodb" else ()
        if actions := KEY_ACTIONS.get(action, fallback):
            needed.setdefault(service, set()).update(actions)
    return [
        iam.PolicyStatement(
            actions=sorted(actions),
            resources=[key.key_arn],
            conditions={"StringEquals": {"kms:ViaService": _host(service)}},
        )
        for service, actions in sorted(needed.items())
    ]


def _key_policy(config: Config) -> list[iam.PolicyStatement]:
    account = iam.AccountRootPrincipal()
    through_services = {
        "StringEquals": {"kms:ViaService": [_host(service) for service in SERVICES]}
    }
    # Names that CloudFormation makes begin with the stack's.
    bucket = f"arn:{Aws.PARTITION}:s3:::{config.stack_name.lower()}-*"
    log_groups = (
        f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{config.stack_name}-*"
    )
    statements = [
        _allow("Administration", account, ADMINISTRATION),
        _allow("UseThroughServices", account, USE, through_services),
        _allow(
            "GrantsOfServices",  # DynamoDB takes one for backups, in the name of who makes a table
            account,
            ("kms:CreateGrant",),
            {**through_services, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
        _allow(
            "UploadNotifications",
            iam.ServicePrincipal("s3.amazonaws.com"),
            KEY_ACTIONS["sqs:SendMessage"],
            {
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                "ArnLike": {"aws:SourceArn": bucket},
            },
        ),
        _allow(
            "Logs",
            iam.ServicePrincipal(f"logs.{Aws.REGION}.{Aws.URL_SUFFIX}"),
            USE,
            {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": log_groups}},
        ),
    ]
    if config.alarm_email:  # else there is no topic of ours
        statements.append(
            _allow(
                "AlarmNotifications",
                iam.ServicePrincipal("cloudwatch.amazonaws.com"),
                KEY_ACTIONS["sqs:SendMessage"],
                {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
    return statements


def _allow(
    sid: str,
    principal: iam.IPrincipal,
    actions: Iterable[str],
    conditions: Mapping[str, object] | None = None,
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        principals=[principal],
        actions=list(actions),
        resources=["*"],  # in a key's own policy: this key
        conditions=conditions,
    )


def _host(service: str) -> str:
    return f"{service}.{Aws.REGION}.{Aws.URL_SUFFIX}"
