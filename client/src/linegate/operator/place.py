"""Where the keys table is: named, or an output of the stack, or in the local stack's own file.

IAM actions: cloudformation:DescribeStacks, unless the table is named.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ..commands.failures import LocalFailure, NotThere
from ..keys_place import Place
from .refusals import code_of, translated

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

OUTPUT = "KeysTable"

LOCAL_STACK = Path(".local") / "stack.json"
RUN_FOLDER = "LINEGATE_RUN_FOLDER"
LOCAL_CREDENTIALS = "test"
"""What the local emulator takes as both halves: anything."""

CONNECT_TIMEOUT_S = 5


@dataclass(frozen=True)
class Table:
    """The keys table and a client that reaches it."""

    name: str
    dynamodb: "DynamoDBClient"


def keys_table(place: Place) -> Table:
    """Raises LocalFailure, NoAccess, NotThere or ServiceFailure."""
    if place.local:
        return _local_table(place)
    with translated("the stack"):
        session = boto3.Session(profile_name=place.profile, region_name=place.region)
        dynamodb = _client(session, "dynamodb", place.endpoint_url)
        name = place.table or _output(session, place)
    return Table(name, dynamodb)


def _local_table(place: Place) -> Table:
    path = _local_file()
    try:
        stack = json.loads(path.read_text())
        session = boto3.Session(LOCAL_CREDENTIALS, LOCAL_CREDENTIALS, region_name=stack["region"])
        endpoint_url, name = stack["endpoint_url"], stack["keys_table"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LocalFailure(f"{path} cannot be read: {error}", "no_local_stack") from error
    return Table(place.table or name, _client(session, "dynamodb", endpoint_url))


def _local_file() -> Path:
    """In the folder that the environment names, else here or in the nearest folder above."""
    if folder := os.environ.get(RUN_FOLDER):
        return Path(folder) / LOCAL_STACK.name
    here = Path.cwd()
    for parent in (here, *here.parents):
        if (parent / LOCAL_STACK).exists():
            return parent / LOCAL_STACK
    raise LocalFailure(
        "There is no local stack here: run make up in Linegate's checkout, and this in it.",
        "no_local_stack",
    )


def _output(session: Any, place: Place) -> str:
    cloudformation = _client(session, "cloudformation", place.endpoint_url)
    try:
        (stack,) = cloudformation.describe_stacks(StackName=place.stack_name)["Stacks"]
    except ClientError as error:
        if code_of(error) != "ValidationError":
            raise
        raise NotThere(
            f"There is no stack {place.stack_name!r} in region {session.region_name}. Say which: "
            "--stack-name, --region, --profile; or name the table with --table.",
            "no_stack",
        ) from error
    for output in stack.get("Outputs", []):
        if output["OutputKey"] == OUTPUT:
            return str(output["OutputValue"])
    raise NotThere(f"The stack {place.stack_name!r} has no output {OUTPUT}.", "no_stack")


def _client(session: Any, service: str, endpoint_url: str | None) -> Any:
    """An endpoint that was not named may still be: boto3 reads AWS_ENDPOINT_URL."""
    config = Config(connect_timeout=CONNECT_TIMEOUT_S, retries={"mode": "standard"})
    return session.client(service, endpoint_url=endpoint_url, config=config)
