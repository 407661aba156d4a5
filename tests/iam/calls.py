"""One AWS call for every action and resource of the permissions table, and some for no row at all.

None does harm, and none needs to succeed: a call that is refused for another reason than missing
rights was allowed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from infra.permissions import FunctionName, Resource
from lambdas.domain.keys import (
    BATCHES_FOLDER,
    FILES_FOLDER,
    PARTITION_KEY,
    PARTS_FOLDER,
    RECONCILER_PROGRESS,
    SORT_KEY,
    UNCHECKED_INDEX,
    UNCHECKED_SHARD,
    UNCHECKED_SHARDS,
)
from tests.iam.probe import Call

OBJECT = "07/probe/object"
UPLOAD_ID = "none"
ITEM = {PARTITION_KEY: {"S": "ACCOUNT#probe"}, SORT_KEY: {"S": "FILE#probe"}}
KEY_ITEM = {PARTITION_KEY: {"S": "KEY#probe"}}


class Deployed(NamedTuple):
    """The names of what was deployed."""

    files_table: str
    stream_arn: str
    keys_table: str
    bucket: str
    finalizer_queue_url: str
    reaper_failures_url: str
    batch_queue_urls: Mapping[FunctionName, str]
    endpoint_secret: str
    log_groups: Mapping[FunctionName, str]
    functions: Mapping[FunctionName, str]


def _items(table: str, item: dict[str, Any]) -> dict[str, Call]:
    def call(operation: str, **arguments: Any) -> Call:
        return Call("dynamodb", operation, {"TableName": table, **arguments})

    return {
        "dynamodb:GetItem": call("get_item", Key=item),
        "dynamodb:PutItem": call("put_item", Item=item),
        "dynamodb:UpdateItem": call("update_item", Key=item),
        "dynamodb:DeleteItem": call("delete_item", Key=item),
        "dynamodb:Query": call(
            "query",
            KeyConditionExpression=f"{PARTITION_KEY} = :account",
            ExpressionAttributeValues={":account": item[PARTITION_KEY]},
        ),
        "dynamodb:Scan": call("scan"),
        "dynamodb:BatchGetItem": Call(
            "dynamodb", "batch_get_item", {"RequestItems": {table: {"Keys": [item]}}}
        ),
        "dynamodb:BatchWriteItem": Call(
            "dynamodb",
            "batch_write_item",
            {"RequestItems": {table: [{"DeleteRequest": {"Key": item}}]}},
        ),
        "dynamodb:DescribeTable": call("describe_table"),
    }


def _stream(arn: str) -> dict[str, Call]:
    def call(operation: str, **arguments: Any) -> Call:
        return Call("dynamodbstreams", operation, arguments)

    return {
        "dynamodb:DescribeStream": call("describe_stream", StreamArn=arn),
        "dynamodb:GetShardIterator": call(
            "get_shard_iterator",
            StreamArn=arn,
            ShardId="shardId-00000000000000000000-00000000",
            ShardIteratorType="TRIM_HORIZON",
        ),
        "dynamodb:GetRecords": call("get_records", ShardIterator=f"{arn}|0|0"),
    }


def _objects(bucket: str, key: str) -> dict[str, Call]:
    def call(operation: str, **arguments: Any) -> Call:
        return Call("s3", operation, {"Bucket": bucket, "Key": key, **arguments})

    return {
        "s3:PutObject": call("put_object", Body="probe"),
        "s3:GetObject": call("get_object"),
        "s3:DeleteObject": call("delete_object"),
        "s3:ListMultipartUploadParts": call("list_parts", UploadId=UPLOAD_ID),
        "s3:AbortMultipartUpload": call("abort_multipart_upload", UploadId=UPLOAD_ID),
        "s3:PutObjectAcl": call("put_object_acl", ACL="private"),
    }


def _bucket(bucket: str) -> dict[str, Call]:
    def call(operation: str, **arguments: Any) -> Call:
        return Call("s3", operation, {"Bucket": bucket, **arguments})

    return {
        "s3:ListBucket": call("list_objects_v2"),
        "s3:ListBucketMultipartUploads": call("list_multipart_uploads"),
        "s3:GetBucketPolicy": call("get_bucket_policy"),
        "s3:PutBucketCORS": call("put_bucket_cors", CORSConfiguration={"CORSRules": []}),
    }


def _queue(url: str) -> dict[str, Call]:
    def call(operation: str, **arguments: Any) -> Call:
        return Call("sqs", operation, {"QueueUrl": url, **arguments})

    return {
        "sqs:ReceiveMessage": call("receive_message"),
        "sqs:DeleteMessage": call("delete_message", ReceiptHandle="none"),
        "sqs:ChangeMessageVisibility": call(
            "change_message_visibility", ReceiptHandle="none", VisibilityTimeout=1
        ),
        "sqs:GetQueueAttributes": call("get_queue_attributes", AttributeNames=["QueueArn"]),
        "sqs:SendMessage": call("send_message", MessageBody="{}"),
    }


def _logs(group: str) -> dict[str, Call]:
    arguments = {"logGroupName": group, "logStreamName": "probe"}
    events = [{"timestamp": 0, "message": "probe"}]
    return {
        "logs:CreateLogStream": Call("logs", "create_log_stream", arguments),
        "logs:PutLogEvents": Call("logs", "put_log_events", {**arguments, "logEvents": events}),
        "logs:GetLogEvents": Call("logs", "get_log_events", arguments),
    }


def calls(deployed: Deployed, function: FunctionName) -> dict[tuple[Resource, str], Call]:
    """Every call by what it is for; `function` is the one whose own logs are meant."""
    by_resource = {
        Resource.FILES_TABLE: _items(deployed.files_table, ITEM),
        Resource.UNCHECKED_FILES: {
            "dynamodb:Query": Call(
                "dynamodb",
                "query",
                {
                    "TableName": deployed.files_table,
                    "IndexName": UNCHECKED_INDEX,
                    "KeyConditionExpression": f"{UNCHECKED_SHARD} = :shard",
                    "ExpressionAttributeValues": {":shard": {"S": UNCHECKED_SHARDS[0]}},
                },
            )
        },
        Resource.FILES_STREAM: _stream(deployed.stream_arn),
        Resource.FILES_STREAMS: {
            "dynamodb:ListStreams": Call(
                "dynamodbstreams", "list_streams", {"TableName": deployed.files_table}
            )
        },
        Resource.KEYS_TABLE: _items(deployed.keys_table, KEY_ITEM),
        Resource.BUCKET: _bucket(deployed.bucket),
        Resource.FILE_OBJECTS: _objects(deployed.bucket, FILES_FOLDER + OBJECT),
        Resource.PART_OBJECTS: _objects(deployed.bucket, PARTS_FOLDER + OBJECT),
        Resource.BATCH_OBJECTS: _objects(deployed.bucket, BATCHES_FOLDER + OBJECT),
        Resource.DISPATCHER_QUEUE: _queue(deployed.batch_queue_urls[FunctionName.DISPATCHER]),
        Resource.WORKER_QUEUE: _queue(deployed.batch_queue_urls[FunctionName.WORKER]),
        Resource.FINISHER_QUEUE: _queue(deployed.batch_queue_urls[FunctionName.FINISHER]),
        Resource.ENDPOINT_KEY: {
            "secretsmanager:GetSecretValue": Call(
                "secretsmanager", "get_secret_value", {"SecretId": deployed.endpoint_secret}
            )
        },
        Resource.RECONCILER_PROGRESS: _objects(deployed.bucket, RECONCILER_PROGRESS),
        Resource.FINALIZER_QUEUE: _queue(deployed.finalizer_queue_url),
        Resource.REAPER_FAILURES: _queue(deployed.reaper_failures_url),
        Resource.OWN_LOGS: _logs(deployed.log_groups[function]),
    }
    return {
        (resource, action): call
        for resource, by_action in by_resource.items()
        for action, call in by_action.items()
    }


def elsewhere(deployed: Deployed, function: FunctionName) -> dict[str, Call]:
    """Calls on what the permissions table has no name for, all of which must be refused."""
    other = next(name for name in FunctionName if name != function)
    return {
        "an object outside the folders": _objects(deployed.bucket, "other/x")["s3:PutObject"],
        "another function's log": _logs(deployed.log_groups[other])["logs:PutLogEvents"],
        "another function": Call(
            "lambda", "invoke", {"FunctionName": deployed.functions[other], "Payload": "{}"}
        ),
        "its own configuration": Call(
            "lambda",
            "update_function_configuration",
            {"FunctionName": deployed.functions[function], "Description": "probe"},
        ),
        "another secret": Call(
            "secretsmanager", "get_secret_value", {"SecretId": f"{deployed.endpoint_secret}-other"}
        ),
        "roles": Call("iam", "list_roles", {}),
        "tables": Call("dynamodb", "list_tables", {}),
        "buckets": Call("s3", "list_buckets", {}),
        "the stack": Call("cloudformation", "list_stacks", {}),
    }
