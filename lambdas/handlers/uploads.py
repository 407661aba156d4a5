"""`/uploads`: create, list, retrieve, parts, complete, cancel."""

from functools import partial
from typing import TYPE_CHECKING

from lambdas import deadline, settings
from lambdas.domain.errors import PartTooLarge
from lambdas.domain.form import parse_form
from lambdas.domain.ids import UPLOAD_ID_PREFIX, new_ulid, ulid_of_upload
from lambdas.domain.ids import upload_id as id_of
from lambdas.domain.keys import FileKey
from lambdas.domain.requests import parse_page_query
from lambdas.domain.upload_requests import (
    parse_completion,
    parse_json,
    parse_new_upload,
    parse_part,
)
from lambdas.domain.upload_wire import UploadList, UploadObject, UploadPartObject
from lambdas.handlers.api import (
    Event,
    caller,
    content_type,
    direct_body,
    new_api,
    query,
    repeatable,
    serve,
)
from lambdas.handlers.audit import mark_replayed, name_file
from lambdas.handlers.clock import now_ms
from lambdas.observability import log_invocation, logger, metrics
from lambdas.stores import file_pages
from lambdas.stores.idempotency_table import Kept, once
from lambdas.workflows.completing import complete_upload
from lambdas.workflows.uploading import (
    Looked,
    add_part,
    cancel_upload,
    create_upload,
    look_at_upload,
    recall_upload,
)

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

app = new_api()


@app.post("/uploads")
def create() -> UploadObject:
    who, limits, at_ms = caller(app), settings.limits(), now_ms()
    fields = parse_json(direct_body(app))
    new = parse_new_upload(fields, who.role, limits)
    name_file(new.filename)
    key = FileKey(who.account, new_ulid(at_ms))

    def act() -> Looked:
        logger.append_keys(upload_id=id_of(key.ulid))
        return create_upload(new, key, at_ms // 1000, limits)

    def keep(created: Looked) -> Kept:
        return {"ulid": created[0].key.ulid}

    def recall(kept: Kept) -> Looked:
        mark_replayed()
        logger.append_keys(upload_id=id_of(kept["ulid"]))
        return recall_upload(FileKey(who.account, kept["ulid"]), at_ms // 1000, limits)

    asked = (new.filename, new.purpose.name, new.retention_s, new.bytes)
    request = repeatable(app, who.account, "POST /uploads", *asked)
    return UploadObject.of(*once(request, app.lambda_context, act, keep, recall), limits)


@app.get("/uploads")
def list_uploads() -> UploadList:
    page_query = parse_page_query(query(app), UPLOAD_ID_PREFIX)
    found = file_pages.list_pending(caller(app).account, page_query, _now())
    return UploadList.of(*found, settings.limits())


@app.get("/uploads/<upload_id>")
def retrieve(upload_id: str) -> UploadObject:
    limits = settings.limits()
    return UploadObject.of(*look_at_upload(_key(upload_id), _now(), limits), limits)


@app.post("/uploads/<upload_id>/parts")
def part(upload_id: str) -> UploadPartObject:
    key, limits, at_ms = _key(upload_id), settings.limits(), now_ms()
    body = direct_body(app, partial(PartTooLarge, None))
    content = parse_part(parse_form(content_type(app), body), limits)
    ulid = new_ulid(at_ms)
    add_part(key, ulid, content, at_ms // 1000, limits)
    return UploadPartObject.of(ulid, key.ulid, at_ms // 1000)


@app.post("/uploads/<upload_id>/complete")
def complete(upload_id: str) -> UploadObject:
    key = _key(upload_id)
    completion = parse_completion(parse_json(direct_body(app)))
    record = complete_upload(key, completion, _now(), _remaining_ms)
    return UploadObject.of(record, None, settings.limits())


@app.post("/uploads/<upload_id>/cancel")
def cancel(upload_id: str) -> UploadObject:
    return UploadObject.of(cancel_upload(_key(upload_id), _now()), None, settings.limits())


@log_invocation
@metrics.log_metrics
def handler(event: Event, context: "LambdaContext") -> Event:
    return serve(app, event, context)


def _key(upload_id: str) -> FileKey:
    """The caller's upload of this id, whether it exists or not. Raises UploadNotFound."""
    key = FileKey(caller(app).account, ulid_of_upload(upload_id))
    logger.append_keys(upload_id=upload_id)
    return key


def _remaining_ms() -> int:
    """Milliseconds until the deadline of the request, or the end of the function before it."""
    lambdas_ms = app.lambda_context.get_remaining_time_in_millis()
    return min(lambdas_ms, int(deadline.left_s() * 1_000))


def _now() -> int:
    return now_ms() // 1000
