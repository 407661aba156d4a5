"""The AWS clients, made once and kept between invocations.

How long a store that accepts connections and stays silent is waited for, in seconds:

| client               | attempts | connecting | each read | all calls of an invocation    |
|----------------------|----------|------------|-----------|-------------------------------|
| `dynamodb_for_keys`  | 3        | 0.75       | 1         | the authorizer's budget       |
| `dynamodb_once`      | 1        | 2          | 8         | the function's budget         |
| all others           | 4        | 2          | 8         | the function's budget         |

The budgets are in lambdas/deadline.py. As one comes to its end, reads get what is left of it; then
nothing is sent any more. An attempt's time is for each address of a host that does not accept
connections, and for each pause in a body that is streamed.

botocore's session, and not boto3: what boto3 adds is not used, and importing it costs every cold
start some 25 ms.
"""

import functools
import os
from typing import TYPE_CHECKING, Any, TypeVar, cast

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from lambdas import deadline

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

ATTEMPTS = 4
CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 8.0

S3_CONNECTIONS = 24
"""Kept open: as many as packing has threads."""

KEYS_ATTEMPTS = 3
KEYS_CONNECT_TIMEOUT_S = 0.75
KEYS_READ_TIMEOUT_S = 1.0
"""A key is one GetItem, which takes milliseconds: the authorizer can try again within its 5 s."""

SHORTEST_READ_S = 0.5
"""With less time left than this and a connection take, a request is not sent."""

_Client = TypeVar("_Client", bound=Any)


class OutOfTime(BotoCoreError):
    """The invocation's deadline is too near for another attempt, which was not sent.

    Attempts before it may have had an effect, unless the client makes only one.
    """

    fmt = "no time left to send a request"


@functools.cache
def _session() -> botocore.session.Session:
    """One for all clients: each would read the same endpoints and credentials again."""
    return botocore.session.Session()


@functools.cache
def dynamodb() -> "DynamoDBClient":
    return _in_time(cast("DynamoDBClient", _session().create_client("dynamodb", config=_config())))


@functools.cache
def dynamodb_for_keys() -> "DynamoDBClient":
    """For the authorizer's look at a key."""
    config = _config(KEYS_ATTEMPTS, KEYS_CONNECT_TIMEOUT_S, KEYS_READ_TIMEOUT_S)
    return _in_time(cast("DynamoDBClient", _session().create_client("dynamodb", config=config)))


@functools.cache
def dynamodb_once() -> "DynamoDBClient":
    """For writes that must not happen twice: botocore repeats nothing."""
    config = _config(attempts=1)
    return _in_time(cast("DynamoDBClient", _session().create_client("dynamodb", config=config)))


@functools.cache
def s3() -> "S3Client":
    """An S3 client that signs URLs with SigV4 on the bucket's regional host.

    An emulator's endpoint has no host name for each bucket, so it is addressed by path.
    """
    addressing = Config(
        signature_version="s3v4",
        max_pool_connections=S3_CONNECTIONS,
        s3={
            "addressing_style": "path" if os.environ.get("AWS_ENDPOINT_URL") else "virtual",
            "us_east_1_regional_endpoint": "regional",
        },
    )
    return _in_time(
        cast("S3Client", _session().create_client("s3", config=_config().merge(addressing)))
    )


@functools.cache
def sqs() -> "SQSClient":
    return _in_time(cast("SQSClient", _session().create_client("sqs", config=_config())))


@functools.cache
def secrets_manager() -> "SecretsManagerClient":
    client = _session().create_client("secretsmanager", config=_config())
    return _in_time(cast("SecretsManagerClient", client))


def _config(
    attempts: int | None = None, connect_s: float | None = None, read_s: float | None = None
) -> Config:
    """A client's retries and timeouts.

    Checksums are asked for by name, call by call: botocore's own choice of one would not fit the
    parts of a multipart upload that was begun without, and a signed URL must not demand one.
    """
    return Config(
        retries={"mode": "standard", "total_max_attempts": attempts or ATTEMPTS},
        connect_timeout=connect_s or CONNECT_TIMEOUT_S,
        read_timeout=read_s or READ_TIMEOUT_S,
        request_checksum_calculation="when_required",
    )


def _in_time(client: _Client) -> _Client:
    """Let each attempt of the client end by the invocation's deadline, or raise OutOfTime."""
    config = client.meta.config

    def limit(request: "AWSPreparedRequest", **_: Any) -> None:
        read_s = deadline.left_s() - config.connect_timeout
        if read_s < SHORTEST_READ_S:
            raise OutOfTime
        context: dict[str, Any] = request.context  # type: ignore[attr-defined]  # not in the stubs
        context["read_timeout"] = min(read_s, config.read_timeout)

    client.meta.events.register_first("before-send", limit)
    return client
