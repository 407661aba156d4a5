"""The function's settings, from its environment, read when first needed.

Resource names have no defaults: a missing one fails loudly instead of meeting the wrong table.
"""

import functools
import json
import os

from lambdas.domain.limits import Limits


class MissingSetting(RuntimeError):
    """An environment variable that the stack should have set is not there."""


def files_table() -> str:
    return _require("LINEGATE_FILES_TABLE")


def keys_table() -> str:
    return _require("LINEGATE_KEYS_TABLE")


def bucket() -> str:
    return _require("LINEGATE_BUCKET")


def finalizer_queue_url() -> str:
    return _require("LINEGATE_FINALIZER_QUEUE_URL")


def dispatcher_queue_url() -> str:
    return _require("LINEGATE_DISPATCHER_QUEUE_URL")


def worker_queue_url() -> str:
    return _require("LINEGATE_WORKER_QUEUE_URL")


def finisher_queue_url() -> str:
    return _require("LINEGATE_FINISHER_QUEUE_URL")


def batch_endpoint() -> str:
    """The base URL of the model endpoint, such as https://api.example.com/v1."""
    return _require("LINEGATE_BATCH_ENDPOINT")


def batch_endpoint_secret() -> str | None:
    """The name of the secret with the endpoint's key; None where it wants none."""
    return os.environ.get("LINEGATE_BATCH_ENDPOINT_KEY_NAME")


def batch_parallelism() -> int:
    """Requests that one worker sends in parallel."""
    return int(_require("LINEGATE_BATCH_PARALLELISM"))


def batch_request_timeout_s() -> int:
    """How long the endpoint may take for one answer."""
    return int(_require("LINEGATE_BATCH_REQUEST_TIMEOUT_S"))


def storage_origin() -> str:
    """Where presigned URLs lead, for the console's policy."""
    return _require("LINEGATE_STORAGE_ORIGIN")


@functools.cache
def limits() -> Limits:
    """The contract's limits with the deployer's changes."""
    return Limits.with_changes(json.loads(os.environ.get("LINEGATE_LIMITS", "{}")))


@functools.cache
def allowed_origins() -> frozenset[str]:
    """The web origins that may call the API; none unless the deployer named some."""
    return frozenset(json.loads(os.environ.get("LINEGATE_ALLOWED_ORIGINS", "[]")))


def audits_filenames() -> bool:
    """Whether audit lines may carry the names of files; not unless the deployer said so."""
    return os.environ.get("LINEGATE_AUDIT_FILENAMES") == "true"


def stack_name() -> str | None:
    """The deployment's name, a dimension of all metrics."""
    return os.environ.get("LINEGATE_STACK_NAME")


def account_counters() -> str | None:
    """What the names of API Gateway's counters begin with, where accounts' requests are counted."""
    return os.environ.get("LINEGATE_ACCOUNT_COUNTERS")


def _require(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise MissingSetting(f"{name} is not set")
    return value
