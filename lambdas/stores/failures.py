"""Errors of AWS by kind: those the caller handles, those that pass by themselves, and defects.

botocore has already retried by the time any of this runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.domain.errors import Unavailable

_PASSING = frozenset(
    {
        "InternalError",
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


def code_of(error: ClientError) -> str:
    """AWS's error code, such as `NoSuchKey`."""
    return error.response.get("Error", {}).get("Code", "")


def status_of(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


@contextmanager
def unavailable() -> Iterator[None]:
    """Raises Unavailable for throttling, 5xx and lost connections. A refusal passes through."""
    try:
        yield
    except ClientError as error:
        if code_of(error) in _PASSING or status_of(error) >= 500:
            raise Unavailable from error
        raise
    except BotoCoreError as error:
        raise Unavailable from error
