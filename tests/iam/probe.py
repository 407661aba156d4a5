"""A function of our own that runs under another function's role and tries AWS calls for us.

That is how a Lambda gets its rights; a role that trusts only Lambda cannot be assumed from outside.
"""

import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any, NamedTuple

CODE = """
import boto3
from botocore.exceptions import ClientError

def handler(calls, context):
    return [attempt(*call) for call in calls]

def attempt(service, operation, arguments):
    try:
        getattr(boto3.client(service), operation)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "Success"
"""

DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
"""How the services name it. Any other error comes after the check: the call was allowed."""

TIMEOUT_S = 30


class Call(NamedTuple):
    """A boto3 call: `Call("s3", "get_object", {"Bucket": …, "Key": …})`."""

    service: str
    operation: str
    arguments: dict[str, Any]


class Probe:
    """`may(call)` for one role."""

    def __init__(self, functions: Any, name: str, role_arn: str) -> None:
        self._functions, self._name = functions, name
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("probe.py", CODE)
        functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Role=role_arn,
            Handler="probe.handler",
            Code={"ZipFile": packed.getvalue()},
            Timeout=TIMEOUT_S,
        )

    def attempt(self, calls: Iterable[Call]) -> list[str]:
        """What became of each call: `Success`, or AWS's error code."""
        payload = json.dumps([*calls]).encode()
        answer = self._functions.invoke(FunctionName=self._name, Payload=payload)
        outcomes = json.load(answer["Payload"])
        assert "FunctionError" not in answer, outcomes
        assert isinstance(outcomes, list)
        return outcomes

    def allowed(self, calls: Iterable[Call]) -> list[bool]:
        """Whether the role may do each of the calls."""
        return [outcome not in DENIED for outcome in self.attempt(calls)]
