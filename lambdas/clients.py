"""The AWS clients, made once and kept between invocations."""

import functools
import os
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_RETRIES = {"mode": "standard", "total_max_attempts": 4}
_CONNECT_TIMEOUT_S = 2
_READ_TIMEOUT_S = 8
"""Two attempts and their pauses fit into API Gateway's 29 seconds."""


@functools.cache
def dynamodb() -> "DynamoDBClient":
    return boto3.client(
        "dynamodb",
        config=Config(
            retries=_RETRIES,  # type: ignore[arg-type]  # a plain dict is what botocore documents
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=_READ_TIMEOUT_S,
        ),
    )


@functools.cache
def s3() -> "S3Client":
    """An S3 client that signs URLs with SigV4 on the bucket's regional host.

    An emulator's endpoint has no host name for each bucket, so it is addressed by path.
    """
    return boto3.client(
        "s3",
        config=Config(
            retries=_RETRIES,  # type: ignore[arg-type]  # as above
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=_READ_TIMEOUT_S,
            signature_version="s3v4",
            s3={
                "addressing_style": "path" if os.environ.get("AWS_ENDPOINT_URL") else "virtual",
                "us_east_1_regional_endpoint": "regional",
            },
        ),
    )
