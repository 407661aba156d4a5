"""How to make the requests and events that docgen/request_costs.py has rows of, on moto."""

import time
from collections.abc import Callable
from typing import Any

from lambdas.domain.keys import FileKey
from lambdas.domain.limits import MIB
from lambdas.handlers import authorizer, finalizer, reaper
from lambdas.stores import file_table, key_table
from linegate.api_keys import new_api_key
from tests.integration.lines import padded_to, requests
from tests.integration.recorded import created, recorded, removed
from tests.integration.service import ACCOUNT, Context, Service
from tests.integration.test_listing_cost import put_all, record
from tests.integration.uploads.client import (
    SMALL,
    complete,
    create,
    presigned,
    record_of,
    send_missing,
    send_proxied,
)

Request = Callable[[], Any]
Scenario = Callable[[Service], Request]
"""Prepares what the request needs and answers with the request."""


def of_file(path: str, method: str = "GET", size: int = 200) -> Scenario:
    def prepare(service: Service) -> Request:
        file_id = uploaded(service, size)
        return lambda: service.request(method, path.format(file_id=file_id))

    return prepare


def uploaded(service: Service, size: int) -> str:
    """A file that came in parts and was checked."""
    upload = presigned(service, padded_to(size))
    file_id: str = complete(service, upload).json["file"]["id"]
    assert finalizer.handler(created(record_of(upload).object_key), Context()) == DONE
    return file_id


def of_listing(url: str) -> Scenario:
    def prepare(service: Service) -> Request:
        put_all(record(number) for number in range(101))
        return lambda: service.get(url)

    return prepare


def of_upload(method: str, path: str, **fields: Any) -> Scenario:
    def prepare(service: Service) -> Request:
        upload = create(service)
        send_missing(upload, SMALL)
        url = path.format(upload_id=upload["id"])
        if method == "GET":
            return lambda: service.get(url)
        return lambda: service.post_json(url, fields)

    return prepare


def of_part(service: Service) -> Request:
    upload = create(service)
    return lambda: send_proxied(service, upload, b"xyz")


def of_key(service: Service) -> Request:
    key, text = new_api_key(ACCOUNT, "test", int(time.time()))
    key_table.put(key)
    event = recorded("request_authorizer")
    event["headers"] |= {"Authorization": f"Bearer {text}"}
    event["multiValueHeaders"] |= {"Authorization": [f"Bearer {text}"]}
    return lambda: authorizer.handler(event, Context())  # type: ignore[arg-type]


def of_event(service: Service) -> Request:
    upload = presigned(service)
    complete(service, upload)
    event = created(record_of(upload).object_key)
    return lambda: finalizer.handler(event, Context())


def of_removal(service: Service) -> Request:
    key = FileKey(ACCOUNT, uploaded(service, 200)[len("file-") :])
    before = file_table.get(key, 0)
    assert before is not None
    service.delete(f"/files/file-{key.ulid}")
    return lambda: reaper.handler(removed(before), Context())


NEW = {"filename": "in.jsonl", "purpose": "batch", "bytes": len(SMALL)}
COMPLETE = "POST /uploads/{upload_id}/complete"
DONE: dict[str, list[Any]] = {"batchItemFailures": []}

SCENARIOS: dict[str, Scenario] = {
    "POST /files": lambda service: lambda: service.create_file(requests(1)),
    "GET /files": of_listing("/files"),
    "GET /files?limit=100": of_listing("/files?limit=100"),
    "GET /files/{file_id}": of_file("/files/{file_id}"),
    "GET /files/{file_id}/content": of_file("/files/{file_id}/content"),
    "GET /files/{file_id}/content, redirected": of_file(
        "/files/{file_id}/content", size=4 * MIB + 1
    ),
    "GET /files/{file_id}/validation": of_file("/files/{file_id}/validation"),
    "DELETE /files/{file_id}": of_file("/files/{file_id}", "DELETE"),
    "GET /limits": of_file("/limits"),
    "GET /openapi.json": of_file("/openapi.json"),
    "POST /uploads": lambda service: lambda: service.post_json("/uploads", NEW),
    "GET /uploads": lambda service: lambda: service.get("/uploads"),
    "GET /uploads/{upload_id}": of_upload("GET", "/uploads/{upload_id}"),
    "POST /uploads/{upload_id}/parts": of_part,
    COMPLETE: of_upload("POST", "/uploads/{upload_id}/complete"),
    f"{COMPLETE}, with md5": of_upload("POST", "/uploads/{upload_id}/complete", md5="0" * 32),
    "POST /uploads/{upload_id}/cancel": of_upload("POST", "/uploads/{upload_id}/cancel"),
    "authorizer": of_key,
    "finalizer": of_event,
    "reaper": of_removal,
}
