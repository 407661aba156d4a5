"""Every key and key name, written once: table keys, object keys, and the attribute that expires.

Pure and free of dependencies, because the stack is built from it too. The keys table's items are
written down in linegate.api_keys; both tables call their partition key the same.
No text from a client ever becomes part of a key: accounts come from the operator, the rest is ours.
"""

import hashlib
import zlib
from typing import NamedTuple

from linegate.api_keys import PARTITION_KEY as PARTITION_KEY

SORT_KEY = "SK"
TTL_ATTRIBUTE = "expires_at"

ACCOUNT_PREFIX = "ACCOUNT#"
ANSWERS_PREFIX = "ANSWERS#"
FILE_PREFIX = "FILE#"
REPORT_PREFIX = "REPORT#"
RELEASED_PREFIX = "RELEASED#"
USAGE_SORT_KEY = "USAGE"
BATCH_PREFIX = "BATCH#"
CHUNKS_PREFIX = "CHUNKS#"
CHUNK_PREFIX = "CHUNK#"

UNCHECKED_INDEX = "unchecked"
"""Of files in the state `uploaded`, oldest first: only their records have UNCHECKED_SHARD."""

UNCHECKED_SHARD = "unchecked_shard"
CREATED_AT = "created_at"
UNCHECKED_SHARDS = tuple(f"{number:02d}" for number in range(16))
"""Partitions of the index, each good for 1,000 writes a second (DynamoDB Developer Guide)."""

UNCHECKED_PROJECTED = ("bytes", TTL_ATTRIBUTE, "retention_s")
"""What the index has of a record beside its keys."""

FILES_FOLDER = "files/"
PARTS_FOLDER = "parts/"
BATCHES_FOLDER = "batches/"
"""A batch's copy of its input, and its results until they are joined into files."""

RECONCILER_PROGRESS = "reconciler/progress.json"
"""The one object that is no client's: where the reconciler is in its round."""

DAY_S = 86_400
RETENTION_DAYS = range(1, 31)
"""One folder and one lifecycle rule for each: a rule counts in whole days (S3 lifecycle)."""

PARTS_LIFETIME_DAYS = 2
"""Proxied parts live as long as their upload, 24 hours, rounded up to the rule's midnight."""

INCOMPLETE_UPLOAD_DAYS = 1

BATCHES_LIFETIME_DAYS = 10
"""Longer than the longest window, and than what its end may wait for: then nothing needs them."""

ACCOUNT_COUNTERS = 16
"""Counters of accounts' requests. API Gateway links them to their plan one after the other, a few
seconds each, so more of them make deployments slow; fewer make more accounts share one."""


class FileKey(NamedTuple):
    """Names one file's record and, with its retention, its object."""

    account: str
    ulid: str


class BatchKey(NamedTuple):
    """Names one batch."""

    account: str
    ulid: str


def account_partition(account: str) -> str:
    return ACCOUNT_PREFIX + account


def answers_partition(account: str) -> str:
    return ANSWERS_PREFIX + account


def file_sort_key(ulid: str) -> str:
    return FILE_PREFIX + ulid


def released_sort_key(ulid: str) -> str:
    return RELEASED_PREFIX + ulid


def unchecked_shard(ulid: str) -> str:
    """The partition of the index that an unchecked file is in."""
    return UNCHECKED_SHARDS[zlib.crc32(ulid.encode()) % len(UNCHECKED_SHARDS)]


def report_sort_key(ulid: str) -> str:
    return REPORT_PREFIX + ulid


def batch_sort_key(ulid: str) -> str:
    return BATCH_PREFIX + ulid


def chunks_partition(key: BatchKey) -> str:
    """A partition of its own for each batch, so that busy batches don't slow their account."""
    return f"{CHUNKS_PREFIX}{key.account}#{key.ulid}"


def chunk_sort_key(number: int) -> str:
    return f"{CHUNK_PREFIX}{number:06d}"


def batch_folder(key: BatchKey) -> str:
    return f"{BATCHES_FOLDER}{key.account}/{key.ulid}/"


def batch_input_key(key: BatchKey) -> str:
    return batch_folder(key) + "input"


def segment_key(key: BatchKey, name: str) -> str:
    """Where results of a chunk lie until they are joined."""
    return f"{batch_folder(key)}results/{name}"


def retention_folder(days: int) -> str:
    """`files/07/` for 7 days: what a lifecycle rule of that many days is filtered by."""
    return f"{FILES_FOLDER}{days:02d}/"


def object_key(key: FileKey, retention_s: int) -> str:
    """Where a file's bytes lie. The folder's whole days never end before retention_s does."""
    days = -(-retention_s // DAY_S)
    return f"{retention_folder(days)}{key.account}/{key.ulid}"


def parse_object_key(key: str) -> FileKey | None:
    """The file an object belongs to; None for an object that is not a file's."""
    match key.split("/"):
        case ["files", _, account, ulid]:
            return FileKey(account, ulid)
    return None


def parse_part_object_key(key: str) -> FileKey | None:
    """The file whose upload a proxied part belongs to; None for any other object."""
    match key.split("/"):
        case ["parts", account, ulid, _]:
            return FileKey(account, ulid)
    return None


def parts_folder(key: FileKey) -> str:
    """Where the proxied parts of an upload lie until they are packed."""
    return f"{PARTS_FOLDER}{key.account}/{key.ulid}/"


def part_object_key(key: FileKey, part_ulid: str) -> str:
    return parts_folder(key) + part_ulid


def account_counter(prefix: str, number: int) -> str:
    """The API Gateway key that counts requests, of this number. At least 20 characters."""
    return f"{prefix}-{number:02d}"


def counter_of_account(prefix: str, account: str) -> str:
    """The one counter of an account, the same for as long as there are as many."""
    digest = hashlib.sha256(account.encode()).digest()
    return account_counter(prefix, int.from_bytes(digest[:8], "big") % ACCOUNT_COUNTERS)
