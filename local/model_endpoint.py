"""Where batches are sent on this machine: the reference model server, and its key as a secret."""

from collections.abc import Mapping
from contextlib import suppress

import boto3
from botocore.exceptions import ClientError

SECRET = "linegate-local/model-endpoint"  # noqa: S105  # its name
KEY = "reference-model-server"
"""Gives access only to the model server of this machine's stack, on loopback."""

PORTS_APART = 1_000
"""From the emulator's port: the one beside it may be another stack's."""

LAST_PORT = 65_535


def port_beside(port: int) -> int:
    """The model server's port, for the emulator's."""
    return port + PORTS_APART if port + PORTS_APART <= LAST_PORT else port - PORTS_APART


def server_url(port: int) -> str:
    return f"http://127.0.0.1:{port_beside(port)}"


def base_url(port: int) -> str:
    """As OpenAI's clients take it."""
    return f"{server_url(port)}/v1"


def store_key() -> None:
    """Put the key where the worker reads it, in the emulator that the environment points at."""
    secrets = boto3.client("secretsmanager")
    with suppress(ClientError):
        secrets.create_secret(Name=SECRET, SecretString=KEY)


def settings(port: int, given: Mapping[str, str]) -> dict[str, str]:
    """Batches go to the model server, unless the person who starts the stack names an endpoint."""
    if "batch_endpoint" in given:
        return {}
    return {"batch_endpoint": base_url(port), "batch_endpoint_secret": SECRET}
