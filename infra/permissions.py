"""What each function may do: the one table of exact actions, and the roles built from it.

No wildcard in an action and no `grant_*` of the CDK, which adds more than is used. A function that
has a row for a resource also gets that resource's name in its environment, and no other.
The rights to write its own log group are added for every function.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from aws_cdk import aws_iam as iam
from constructs import Construct


class FunctionName(StrEnum):
    FILES = "files"
    UPLOADS = "uploads"
    AUTHORIZER = "authorizer"
    FINALIZER = "finalizer"
    REAPER = "reaper"
    RECONCILER = "reconciler"
    BATCHES = "batches"
    DISPATCHER = "dispatcher"
    WORKER = "worker"
    FINISHER = "finisher"
    CONSOLE = "console"


BATCH_FUNCTIONS = frozenset(
    {
        FunctionName.BATCHES,
        FunctionName.DISPATCHER,
        FunctionName.WORKER,
        FunctionName.FINISHER,
    }
)
"""Deployed only with a model endpoint."""


class Resource(StrEnum):
    """Something a permission is for. FILE_OBJECTS and PART_OBJECTS are folders of the bucket."""

    FILES_TABLE = "files table"
    UNCHECKED_FILES = "files table's index of unchecked files"
    FILES_STREAM = "files table's stream"
    FILES_STREAMS = "files table's streams, by name"
    KEYS_TABLE = "keys table"
    BUCKET = "bucket"
    FILE_OBJECTS = "objects under files/"
    PART_OBJECTS = "objects under parts/"
    BATCH_OBJECTS = "objects under batches/"
    RECONCILER_PROGRESS = "reconciler's own object"
    FINALIZER_QUEUE = "finalizer's queue"
    REAPER_FAILURES = "reaper's dead-letter queue"
    DISPATCHER_QUEUE = "dispatcher's queue"
    WORKER_QUEUE = "worker's queue"
    FINISHER_QUEUE = "finisher's queue"
    ENDPOINT_KEY = "secret with the model endpoint's key"
    OWN_LOGS = "own log group"


class Permission(NamedTuple):
    resource: Resource
    actions: tuple[str, ...]


_CONSUME = (
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ChangeMessageVisibility",
)

PERMISSIONS: Mapping[FunctionName, tuple[Permission, ...]] = {
    FunctionName.FILES: (
        Permission(
            Resource.FILES_TABLE,
            (
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
                "dynamodb:Query",
            ),
        ),
        Permission(Resource.FILE_OBJECTS, ("s3:PutObject", "s3:GetObject")),
        # Without it S3 answers 403, not 404, for a missing key.
        Permission(Resource.BUCKET, ("s3:ListBucket",)),
    ),
    FunctionName.UPLOADS: (
        Permission(
            Resource.FILES_TABLE,
            (
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                # Expired records are found and removed when their account has no room left.
                "dynamodb:DeleteItem",
                "dynamodb:Query",
            ),
        ),
        # PutObject also creates and completes a multipart upload and signs its parts' URLs.
        Permission(
            Resource.FILE_OBJECTS,
            (
                "s3:PutObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:AbortMultipartUpload",
            ),
        ),
        Permission(Resource.PART_OBJECTS, ("s3:PutObject", "s3:GetObject", "s3:DeleteObject")),
        # The proxied parts of an upload; and without it S3 answers 403, not 404, for a missing key.
        Permission(Resource.BUCKET, ("s3:ListBucket",)),
    ),
    FunctionName.AUTHORIZER: (Permission(Resource.KEYS_TABLE, ("dynamodb:GetItem",)),),
    FunctionName.FINALIZER: (
        Permission(
            Resource.FILES_TABLE,
            ("dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:PutItem"),
        ),
        Permission(Resource.FILE_OBJECTS, ("s3:GetObject",)),
        # A late event for a deleted file must read as 404, which S3 returns only with ListBucket.
        Permission(Resource.BUCKET, ("s3:ListBucket",)),
        Permission(Resource.FINALIZER_QUEUE, _CONSUME),
    ),
    FunctionName.REAPER: (
        # The report of a file that was deleted: its own expiry may be weeks away. And what the
        # file held of its account's quotas, released once: a marker, and the account's count.
        Permission(
            Resource.FILES_TABLE,
            ("dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        ),
        Permission(Resource.FILE_OBJECTS, ("s3:DeleteObject", "s3:AbortMultipartUpload")),
        Permission(Resource.PART_OBJECTS, ("s3:DeleteObject",)),
        Permission(Resource.BUCKET, ("s3:ListBucket",)),
        Permission(
            Resource.FILES_STREAM,
            ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
        ),
        # Asked of the table, before a stream is known (AWS SAM's DynamoDBStreamReadPolicy).
        Permission(Resource.FILES_STREAMS, ("dynamodb:ListStreams",)),
        Permission(Resource.REAPER_FAILURES, ("sqs:SendMessage",)),
    ),
    FunctionName.RECONCILER: (
        # DeleteItem is for reports whose file went, UpdateItem for what an account counts for; it
        # never writes a record.
        Permission(
            Resource.FILES_TABLE,
            (
                "dynamodb:Scan",
                "dynamodb:Query",
                "dynamodb:BatchGetItem",
                "dynamodb:GetItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ),
        ),
        Permission(Resource.UNCHECKED_FILES, ("dynamodb:Query",)),
        # GetObject also is what S3 asks for to look at an object without reading it.
        Permission(Resource.FILE_OBJECTS, ("s3:GetObject", "s3:DeleteObject")),
        Permission(Resource.PART_OBJECTS, ("s3:DeleteObject",)),
        Permission(Resource.RECONCILER_PROGRESS, ("s3:GetObject", "s3:PutObject")),
        Permission(Resource.BUCKET, ("s3:ListBucket",)),
        Permission(Resource.FINALIZER_QUEUE, ("sqs:SendMessage",)),
    ),
    FunctionName.BATCHES: (
        Permission(
            Resource.FILES_TABLE,
            (
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                # The key of a repeatable request that failed is free again.
                "dynamodb:DeleteItem",
                "dynamodb:Query",
            ),
        ),
        Permission(Resource.DISPATCHER_QUEUE, ("sqs:SendMessage",)),
    ),
    FunctionName.DISPATCHER: (
        Permission(
            Resource.FILES_TABLE,
            ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"),
        ),
        # The source of the copy that pins a batch's input.
        Permission(Resource.FILE_OBJECTS, ("s3:GetObject",)),
        Permission(Resource.BATCH_OBJECTS, ("s3:PutObject", "s3:GetObject", "s3:DeleteObject")),
        Permission(Resource.BUCKET, ("s3:ListBucket",)),
        Permission(Resource.DISPATCHER_QUEUE, (*_CONSUME, "sqs:SendMessage")),
        Permission(Resource.WORKER_QUEUE, ("sqs:SendMessage",)),
        Permission(Resource.FINISHER_QUEUE, ("sqs:SendMessage",)),
    ),
    FunctionName.WORKER: (
        # It can neither read nor write a file, only its batch's copy and results.
        Permission(Resource.FILES_TABLE, ("dynamodb:GetItem", "dynamodb:UpdateItem")),
        Permission(Resource.BATCH_OBJECTS, ("s3:PutObject", "s3:GetObject")),
        Permission(Resource.BUCKET, ("s3:ListBucket",)),
        Permission(Resource.WORKER_QUEUE, (*_CONSUME, "sqs:SendMessage")),
        Permission(Resource.FINISHER_QUEUE, ("sqs:SendMessage",)),
        Permission(Resource.ENDPOINT_KEY, ("secretsmanager:GetSecretValue",)),
    ),
    FunctionName.FINISHER: (
        Permission(
            Resource.FILES_TABLE,
            (
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                # Expired records are found and removed when their account has no room left.
                "dynamodb:DeleteItem",
                "dynamodb:Query",
            ),
        ),
        Permission(Resource.FILE_OBJECTS, ("s3:PutObject", "s3:AbortMultipartUpload")),
        Permission(Resource.BATCH_OBJECTS, ("s3:GetObject", "s3:DeleteObject")),
        Permission(Resource.BUCKET, ("s3:ListBucket",)),
        Permission(Resource.FINISHER_QUEUE, (*_CONSUME, "sqs:SendMessage")),
    ),
    # It serves a page from its own bundle. What the page shows is asked with the user's own key.
    FunctionName.CONSOLE: (),
}

OPTIONAL = frozenset({Resource.ENDPOINT_KEY})
"""Without one in the deployment its rows grant nothing."""

OWN_LOGS = Permission(Resource.OWN_LOGS, ("logs:CreateLogStream", "logs:PutLogEvents"))


def create_role(
    scope: Construct,
    name: FunctionName,
    arns: Mapping[Resource, str],
    also: Iterable[iam.PolicyStatement] = (),
) -> iam.Role:
    """The role of one function: its rows of the table, one statement for each resource.

    `also` is what the rows bring with them: the uses of a key that encrypts what they touch.
    """
    statements = [
        iam.PolicyStatement(actions=list(row.actions), resources=[arns[row.resource]])
        for row in (*PERMISSIONS[name], OWN_LOGS)
        if row.resource in arns or row.resource not in OPTIONAL
    ]
    return iam.Role(
        scope,
        "Role",
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        description=f"Linegate's {name} function",
        inline_policies={"Exact": iam.PolicyDocument(statements=[*statements, *also])},
    )


def uses(name: FunctionName, *resources: Resource) -> bool:
    """Whether the function has a row for any of the resources."""
    return any(row.resource in resources for row in PERMISSIONS[name])
