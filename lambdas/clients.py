"""The AWS clients, made once and kept between invocations."""

import functools
import os
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

_BASE = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=2,
    read_timeout=8,
    request_checksum_calculation="when_required",
)
"""A silent store costs two attempts, and the caller still answers within the gateway's 29 s.

Checksums are asked for by name, call by call: botocore's own choice of one would not fit the parts
of a multipart upload that was begun without, and a signed URL must not demand one.
"""


@functools.cache
def dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_BASE)


@functools.cache
def s3() -> "S3Client":
    """An S3 client that signs URLs with SigV4 on the bucket's regional host.

    An emulator's endpoint has no host name for each bucket, so it is addressed by path.
    """
    addressing = Config(
        signature_version="s3v4",
        s3={
            "addressing_style": "path" if os.environ.get("AWS_ENDPOINT_URL") else "virtual",
            "us_east_1_regional_endpoint": "regional",
        },
    )
    return boto3.client("s3", config=_BASE.merge(addressing))


@functools.cache
def sqs() -> "SQSClient":
    return boto3.client("sqs", config=_BASE)
