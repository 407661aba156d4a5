"""At the end: do model and service agree on every file and byte, and is anything left behind?"""

import time
from collections.abc import Callable
from typing import Any
from unittest import mock

from openai import DefaultHttpxClient, OpenAI

from lambdas.domain.keys import FILES_FOLDER, PARTS_FOLDER
from lambdas.handlers.clock import now_ms
from lambdas.workflows import sweeping
from lambdas.workflows.findings import Kind, Sweep
from lambdas.workflows.reconciling import Position, walk
from tests.soak.model import Account, Tally, digest

SETTLE_S = 120
POLL_S = 2


def compare(base_url: str, account: Account, tally: Tally) -> int:
    """Every listed file against the model, byte by byte; how many there were."""
    client = OpenAI(
        base_url=base_url, api_key=account.api_key, http_client=DefaultHttpxClient(trust_env=False)
    )
    listed = {file.id: file for file in _settled(client)}
    for file_id in account.files.keys() - listed.keys():
        tally.disagree(f"{file_id}: lost")
    for file_id in listed.keys() & account.gone:
        tally.disagree(f"{file_id}: resurrected")
    for file_id, file in listed.items():
        content = client.files.content(file_id).read()
        known = account.files.get(file_id)
        if known is None:
            _explain(account, file, tally)
        elif digest(content) != known.sha256:
            tally.disagree(f"{file_id}: other bytes")
        elif file.status != ("processed" if known.valid else "error"):
            tally.disagree(f"{file_id}: {file.status}")
        if len(content) != file.bytes:
            tally.disagree(f"{file_id}: {len(content)} bytes listed as {file.bytes}")
    return len(listed)


def _settled(client: OpenAI) -> list[Any]:
    """All files, once the last check is done or it has taken too long."""
    deadline = time.monotonic() + SETTLE_S
    while True:
        files = list(client.files.list(limit=100))
        if time.monotonic() > deadline or all(file.status != "uploaded" for file in files):
            return files
        time.sleep(POLL_S)


def _explain(account: Account, file: Any, tally: Tally) -> None:
    """A request whose answer was lost may have made a file, of a name that was sent."""
    if file.filename in account.sent_names:
        tally.met("a file whose creation was not answered")
    else:
        tally.disagree(f"{file.id}: never created")


def compare_stores(aws: Callable[[str], Any], table: str, bucket: str, tally: Tally) -> str:
    """Objects against records, before and after the reconciler; what was found, in one line.

    TTL in the emulator sends no stream record, so the bytes of expired files are the reconciler's
    to collect, and their accounts count for them still. It is told that everything is old enough.
    """
    waited = _wait_for_reaper(aws, bucket, table)
    before = _unrecorded(aws, table, bucket)
    found: dict[str, int] = {}
    with mock.patch.multiple(sweeping, SAFE_AGE_S=-1, MARGIN_S=0):
        sweeps = (Sweep.FILES, Sweep.PARTS, Sweep.RECORDS, Sweep.USAGE)
        for page, _ in walk(Position(Sweep.FILES), sweeps, now_ms, lambda: 900_000, repair=True):
            for finding in page.findings:
                found[finding.kind] = found.get(finding.kind, 0) + 1
                if finding.kind is Kind.FILE_WITHOUT_BYTES:
                    tally.disagree(f"{finding.subject}: listed without its bytes")
                if finding.counts and min(finding.counts.values()) < 0:
                    tally.disagree(f"{finding.subject}: counts for too little, {finding.counts}")
    for key in _unrecorded(aws, table, bucket):
        tally.disagree(f"{key}: bytes without a record, after the reconciler")
    return f"{len(before)} objects without a record (reaper idle after {waited:.0f} s), {found}"


def _unrecorded(aws: Callable[[str], Any], table: str, bucket: str) -> set[str]:
    """Objects of files that have no record or an expired one."""
    now, alive = time.time(), set()
    for page in aws("dynamodb").get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            if item["SK"]["S"].startswith("FILE#") and int(item["expires_at"]["N"]) > now:
                account = item["PK"]["S"].removeprefix("ACCOUNT#")
                alive.add((account, item["SK"]["S"].removeprefix("FILE#")))
    found = set()
    for page in aws("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for stored in page.get("Contents", []):
            match stored["Key"].split("/"):
                case ["files", _, account, ulid] | ["parts", account, ulid, _]:
                    if (account, ulid) not in alive:
                        found.add(stored["Key"])
    assert all(key.startswith((FILES_FOLDER, PARTS_FOLDER)) for key in found)
    return found


def _wait_for_reaper(aws: Callable[[str], Any], bucket: str, table: str) -> float:
    """Until nothing more goes by itself."""
    began, last, since = time.monotonic(), -1, time.monotonic()
    while time.monotonic() - began < SETTLE_S and time.monotonic() - since < 5 * POLL_S:
        count = len(_unrecorded(aws, table, bucket))
        if count != last:
            last, since = count, time.monotonic()
        time.sleep(POLL_S)
    return time.monotonic() - began
