"""Removes what a run has stored, whatever became of it. Also after a failure and Ctrl-C."""

import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx

from accept.service import Service

BEFORE_S = 600
"""How much older than the run a file may look, by another clock."""


def remove_created(service: Service, started_at: float) -> list[str]:
    """Delete the run's files, cancel its uploads, remove its keys. What could not be removed."""
    service.stopped.clear()
    left: list[str] = []
    for key in filter(None, (service.key, service.other_key)):
        left += _remove_of_account(service, key, started_at)
    if service.operator is not None:
        try:
            service.operator.remove_keys()
        except Exception as error:  # noqa: BLE001  # it is reported, and they expire within a day
            left.append(f"API keys of accounts {service.account}*: {type(error).__name__}: {error}")
    return left


def _remove_of_account(service: Service, key: str, started_at: float) -> list[str]:
    left: list[str] = []
    try:
        for path in [*_files(service, key, started_at), *_pending(service, key)]:
            method = "POST" if path.endswith("/cancel") else "DELETE"
            answer = service.send_as(key, method, path)
            if answer.status_code not in (200, 400, 404):
                left.append(f"{method} {path}: {answer.status_code}")
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        left.append(f"{type(error).__name__}: {error}")
    return left


def _files(service: Service, key: str, started_at: float) -> Iterator[str]:
    """The paths of the run's files, from the newest file of the account to the run's start."""
    after: dict[str, str] = {}
    while True:
        query = {"limit": "100", "order": "desc", **after}
        page: dict[str, Any] = service.send_as(key, "GET", "/files", params=query).json()
        for file in page["data"]:
            if file["filename"].startswith(service.run):
                yield f"/files/{file['id']}"
        oldest = page["data"][-1]["created_at"] if page["data"] else 0
        if not page["has_more"] or oldest < started_at - BEFORE_S:
            return
        after = {"after": page["last_id"]}


def _pending(service: Service, key: str) -> list[str]:
    """The paths that cancel the run's uploads; of those that ended, a refusal."""
    known = set(service.uploads)
    answer = service.send_as(key, "GET", "/uploads", params={"limit": "100"})
    if answer.status_code == 200:
        known = {
            upload["id"]
            for upload in answer.json()["data"]
            if upload["filename"].startswith(service.run)
        }
    return [f"/uploads/{upload_id}/cancel" for upload_id in sorted(known)]


def report_left(left: list[str]) -> None:
    for what in left:
        sys.stderr.write(f"not removed: {what}\n")
    if left:
        when = time.strftime("%H:%M", time.localtime(time.time() + 3_600))
        sys.stderr.write(f"Files expire by {when}, uploads and keys within a day.\n")
