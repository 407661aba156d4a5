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

from ..errors import LocalFailure, NotThere
from .aws_errors import code_of, translate_errors
from .options import StackOptions

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


def find_table(options: StackOptions) -> Table:
    """Raises LocalFailure, NoAccess, NotThere or ServiceFailure."""
    if options.local:
        return _find_local_table(options)
    with translate_errors("the stack"):
        session = boto3.Session(profile_name=options.profile, region_name=options.region)
        dynamodb = _open_client(session, "dynamodb", options.endpoint_url)
        name = options.table or _read_output(session, options)
    return Table(name, dynamodb)


def _find_local_table(options: StackOptions) -> Table:
    path = _find_local_file()
    try:
        stack = json.loads(path.read_text())
        session = boto3.Session(LOCAL_CREDENTIALS, LOCAL_CREDENTIALS, region_name=stack["region"])
        endpoint_url, name = stack["endpoint_url"], stack["keys_table"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LocalFailure(f"{path} cannot be read: {error}", "no_local_stack") from error
    return Table(options.table or name, _open_client(session, "dynamodb", endpoint_url))


def _find_local_file() -> Path:
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


def _read_output(session: Any, options: StackOptions) -> str:
    cloudformation = _open_client(session, "cloudformation", options.endpoint_url)
    try:
        (stack,) = cloudformation.describe_stacks(StackName=options.stack_name)["Stacks"]
    except ClientError as error:
        if code_of(error) != "ValidationError":
            raise
        raise NotThere(
            f"There is no stack {options.stack_name!r} in region {session.region_name}. Say which: "
            "--stack-name, --region, --profile; or name the table with --table.",
            "no_stack",
        ) from error
    for output in stack.get("Outputs", []):
        if output["OutputKey"] == OUTPUT:
            return str(output["OutputValue"])
    raise NotThere(f"The stack {options.stack_name!r} has no output {OUTPUT}.", "no_stack")


def _open_client(session: Any, service: str, endpoint_url: str | None) -> Any:
    """An endpoint that was not named may still be: boto3 reads AWS_ENDPOINT_URL."""
    config = Config(connect_timeout=CONNECT_TIMEOUT_S, retries={"mode": "standard"})
    return session.client(service, endpoint_url=endpoint_url, config=config)
