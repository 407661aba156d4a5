"""Every route as the stock client uses it, and every function that events wake.

A scenario is prepared without faults; then its act meets one. `act` may be repeated, as a client or
AWS repeats it, and `verify` says what must be so in the end, whatever happened.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from unittest import mock

from openai import APIStatusError, NotFoundError

from lambdas import clients, settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.handlers import reconciler
from lambdas.stores import file_table, key_table
from lambdas.workflows.sweeping import SAFE_AGE_S
from linegate.api_keys import new_api_key
from tests.faults import world as worlds
from tests.faults.world import World, deliver_created, records
from tests.integration.lines import padded_to, requests
from tests.integration.service import ACCOUNT, Context
from tests.integration.stored import objects, remove_as_ttl_does, stored
from tests.integration.uploads.client import SMALL_PART_BYTES, send_missing

CONTENT = requests(3)
TWO_PARTS = padded_to(SMALL_PART_BYTES + 1_000)
CHUNK = SMALL_PART_BYTES // 2 + 1_000
Prepared = Any
Result = Any


@dataclass(frozen=True)
class Scenario:
    """`over_http`: what the client saw are statuses; else what Lambda saw are outcomes."""

    name: str
    prepare: Callable[[World], Prepared]
    act: Callable[[World, Prepared], Result]
    verify: Callable[[World, Prepared, Result], None]
    files: int = 1
    """How many files there are in the end."""
    hidden: int = 0
    """How many records there are that are no files."""
    over_http: bool = True


def _create(world: World, _: Prepared = None) -> str:
    file = world.client.files.create(file=("in.jsonl", CONTENT), purpose="batch")
    assert file.status == "processed"
    return file.id


def _is_there(world: World, file_id: str, _: Result = None) -> None:
    assert world.client.files.retrieve(file_id).id == file_id
    assert world.files()[file_id] == CONTENT


def _created_is_there(world: World, _: Prepared, file_id: Result) -> None:
    _is_there(world, file_id)


def _list(world: World, file_id: str) -> None:
    assert [file.id for file in world.client.files.list()] == [file_id]


def _retrieve(world: World, file_id: str) -> None:
    assert world.client.files.retrieve(file_id).status == "processed"


def _content(world: World, file_id: str) -> None:
    assert world.client.files.content(file_id).read() == CONTENT


def _validation(world: World, file_id: str) -> None:
    report = world.client.get(f"/files/{file_id}/validation", cast_to=object)
    assert isinstance(report, dict)
    assert report["valid"] is True


def _delete(world: World, file_id: str) -> None:
    """A delete that took effect, and whose answer was lost, answers 404 when it is repeated."""
    with suppress(NotFoundError):
        world.client.files.delete(file_id)


def _is_gone(world: World, file_id: str, _: Result) -> None:
    world.look()
    assert world.reap() == ["done"]
    deliver_created(f"files/07/{ACCOUNT}/{file_id.removeprefix('file-')}")
    assert file_id not in world.files()
    assert objects() == []
    try:
        world.client.files.retrieve(file_id)
    except NotFoundError:
        return
    raise AssertionError("resurrected")


def _begin(world: World, _: Prepared = None) -> Any:
    return world.client.uploads.create(
        filename="in.jsonl", purpose="batch", bytes=len(TWO_PARTS), mime_type="application/jsonl"
    )


def _send_all(world: World, upload: Any) -> None:
    send_missing(upload.model_dump(), TWO_PARTS)


def _complete(world: World, upload: Any) -> Any:
    return world.client.uploads.complete(upload.id, part_ids=[])


def _begun(world: World, _: Prepared, upload: Any) -> None:
    _send_all(world, upload)
    _whole_file(world, upload, _complete(world, upload))


def _presigned(world: World) -> Any:
    upload = _begin(world)
    _send_all(world, upload)
    return upload


def _whole_file(world: World, upload: Any, completed: Any) -> None:
    """Completed, its event delivered: checked, listed, whole."""
    assert completed.status == "completed"
    record = records()[upload.id.removeprefix("upload-")]
    assert deliver_created(record.object_key)[-1] == "done"
    file_id = upload.id.replace("upload-", "file-")
    assert completed.file.id == file_id
    assert world.client.files.retrieve(file_id).status == "processed"
    assert world.files()[file_id] == TWO_PARTS


def _look(world: World, upload: Any) -> Any:
    found = world.client.get(f"/uploads/{upload.id}", cast_to=object)
    assert isinstance(found, dict)
    return found


def _looked(world: World, upload: Any, found: Any) -> None:
    assert found["status"] == "pending"
    send_missing(found, TWO_PARTS)
    _whole_file(world, upload, _complete(world, upload))


def _part(world: World, upload: Any) -> str:
    return world.client.uploads.parts.create(upload.id, data=TWO_PARTS[:CHUNK]).id


def _part_taken(world: World, upload: Any, part_id: str) -> None:
    rest = world.client.uploads.parts.create(upload.id, data=TWO_PARTS[CHUNK:]).id
    completed = world.client.uploads.complete(upload.id, part_ids=[part_id, rest])
    _whole_file(world, upload, completed)


def _proxied(world: World) -> tuple[Any, list[str]]:
    upload = _begin(world)
    create = world.client.uploads.parts.create
    return upload, [create(upload.id, data=p).id for p in (TWO_PARTS[:CHUNK], TWO_PARTS[CHUNK:])]


def _complete_proxied(world: World, prepared: tuple[Any, list[str]]) -> Any:
    upload, part_ids = prepared
    return world.client.uploads.complete(upload.id, part_ids=part_ids)


def _whole_proxied(world: World, prepared: tuple[Any, list[str]], completed: Any) -> None:
    _whole_file(world, prepared[0], completed)
    assert not [key for key in objects() if key.startswith("parts/")]


def _begun_both_ways(world: World) -> Any:
    upload, _ = _proxied(world)
    _send_all(world, upload)
    return upload


def _cancel(world: World, upload: Any) -> Any:
    return world.client.uploads.cancel(upload.id)


def _cancelled(world: World, upload: Any, result: Any) -> None:
    assert result.status == "cancelled"
    try:
        _complete(world, upload)
    except APIStatusError as error:
        assert error.status_code == 400  # noqa: PT017  # what it may not be is no error at all
    else:
        raise AssertionError("completed after it was cancelled")
    assert objects() == []
    assert world.files() == {}


def _with_key(world: World) -> str:
    key, text = new_api_key(ACCOUNT, "laptop", now=0)
    key_table.put(key)
    world.client.api_key = text
    world.gateway.authorizes = True
    return _create(world)


def _uploaded(_: World) -> FileRecord:
    return stored(CONTENT)


def _finalize(_: World, record: FileRecord) -> list[str]:
    return deliver_created(record.object_key)


def _finalized(world: World, uploaded: FileRecord, _: Result) -> None:
    key = uploaded.key
    record = records()[key.ulid]
    assert (record.status, record.line_count) == (Status.PROCESSED, 3)
    assert file_table.get_validation(key) is not None
    assert world.files() == {f"file-{key.ulid}": CONTENT}
    assert deliver_created(record.object_key) == ["done"]
    assert records()[key.ulid] == record


def _deleted(world: World) -> str:
    """A file that came as proxied parts, one of them late, is deleted: everything there can be."""
    upload, part_ids = _proxied(world)
    completed = world.client.uploads.complete(upload.id, part_ids=part_ids)
    _whole_file(world, upload, completed)
    key = FileKey(ACCOUNT, upload.id.removeprefix("upload-"))
    clients.s3().put_object(
        Bucket=settings.bucket(), Key=f"parts/{ACCOUNT}/{key.ulid}/LATE", Body=b"x"
    )
    world.look()
    file_table.delete_file(key, int(time.time()))
    world.look()
    return key.ulid


def _reap(world: World, _: str) -> list[str]:
    return world.reap()


def _reaped(world: World, ulid: str, _: Result) -> None:
    assert objects() == []
    assert "REPORT" not in worlds.sort_keys()
    assert ulid not in records()


def _stuck(world: World) -> FileRecord:
    """A file whose check never came, an object and a report without a record."""
    created = _create(world)
    remove_as_ttl_does(records()[created.removeprefix("file-")])
    return stored(CONTENT, expires_at=int(time.time()) + 7 * 86_400)


def _reconcile(_: World, __: FileRecord) -> list[str]:
    later_ms = (int(time.time()) + SAFE_AGE_S + 60) * 1_000
    with mock.patch.object(reconciler, "now_ms", return_value=later_ms):
        return worlds.repeated(
            lambda: reconciler.handler({"scheduled": True}, Context(remaining_ms=900_000))
        )


def _reconciled(world: World, record: FileRecord, _: Result) -> None:
    assert set(objects()) == {record.object_key, "reconciler/progress.json"}
    assert "REPORT" not in worlds.sort_keys()
    assert clients.sqs().receive_message(QueueUrl=settings.finalizer_queue_url())["Messages"]
    _finalized(world, record, _finalize(world, record))


def _nothing(_: World) -> None:
    return None


SCENARIOS = (
    Scenario("authorizer", _with_key, _retrieve, _is_there),
    Scenario("POST /files", _nothing, _create, _created_is_there),
    Scenario("GET /files", _create, _list, _is_there),
    Scenario("GET /files/{id}", _create, _retrieve, _is_there),
    Scenario("GET /files/{id}/content", _create, _content, _is_there),
    Scenario("GET /files/{id}/validation", _create, _validation, _is_there),
    Scenario("DELETE /files/{id}", _create, _delete, _is_gone, files=0),
    Scenario("POST /uploads", _nothing, _begin, _begun, files=0, hidden=1),
    Scenario("GET /uploads/{id}", _begin, _look, _looked, files=0, hidden=1),
    Scenario("POST /uploads/{id}/parts", _begin, _part, _part_taken, files=0, hidden=1),
    Scenario("complete, presigned parts", _presigned, _complete, _whole_file),
    Scenario("complete, proxied parts", _proxied, _complete_proxied, _whole_proxied),
    Scenario("POST /uploads/{id}/cancel", _begun_both_ways, _cancel, _cancelled, files=0, hidden=1),
    Scenario("finalizer", _uploaded, _finalize, _finalized, over_http=False),
    Scenario("reaper", _deleted, _reap, _reaped, files=0, over_http=False),
    Scenario("reconciler", _stuck, _reconcile, _reconciled, over_http=False),
)
