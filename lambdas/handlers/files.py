"""`/files`: create, list, retrieve, content, validation, delete. `/limits`, and the document."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response

from lambdas import settings
from lambdas.domain.errors import FileNotFound, InvalidValue
from lambdas.domain.file import CHECKED, FileRecord
from lambdas.domain.form import parse_form
from lambdas.domain.headers import content_disposition
from lambdas.domain.idempotency import HEADER
from lambdas.domain.ids import file_id as id_of
from lambdas.domain.ids import new_ulid, ulid_of_file
from lambdas.domain.keys import FileKey
from lambdas.domain.limits_wire import LimitsObject
from lambdas.domain.requests import parse_new_file, parse_page_query, parse_redirect
from lambdas.domain.wire import (
    Answer,
    ContentLocation,
    FileDeleted,
    FileList,
    FileObject,
    Redirect,
    ValidationReport,
)
from lambdas.handlers.api import (
    JSON,
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
from lambdas.stores import file_pages, file_table, object_store, usage_table
from lambdas.stores.idempotency_table import Kept, once
from lambdas.workflows.creating import create_file
from linegate.jsonl.purposes import PURPOSES

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

app = new_api()
DOCUMENT = Path(__file__).parent.parent / "openapi.json"


@app.post("/files")
def create() -> FileObject:
    who, limits, at_ms = caller(app), settings.limits(), now_ms()
    fields = parse_form(content_type(app), direct_body(app))
    new = parse_new_file(fields, who.role, limits)
    name_file(new.filename)
    key = FileKey(who.account, new_ulid(at_ms))

    def act() -> FileObject:
        logger.append_keys(file_id=id_of(key.ulid))
        return FileObject.of(create_file(new, key, at_ms // 1000, limits, now_ms))

    def keep(created: FileObject) -> Kept:
        return {"id": created.id}

    def recall(kept: Kept) -> FileObject:
        mark_replayed()
        logger.append_keys(file_id=kept["id"])
        return FileObject.of(_recalled_file(who.account, kept["id"]))

    asked = (new.filename, new.purpose.name, new.retention_s, new.content)
    request = repeatable(app, who.account, "POST /files", *asked)
    return once(request, app.lambda_context, act, keep, recall)


@app.get("/files")
def list_files() -> FileList:
    page_query = parse_page_query(query(app))
    if page_query.purpose is not None and page_query.purpose not in PURPOSES:
        return FileList.of([], has_more=False)  # no file has it: nothing need be read
    return FileList.of(*file_pages.list_files(caller(app).account, page_query, _now()))


@app.get("/files/<file_id>")
def retrieve(file_id: str) -> FileObject:
    return FileObject.of(file_table.get_file(_key(file_id), _now()))


@app.get("/files/<file_id>/content")
def content(file_id: str) -> Response[Any]:
    now, limits = _now(), settings.limits()
    redirects = parse_redirect(query(app))
    record = file_table.get_file(_key(file_id), now)
    if redirects and record.bytes <= limits.direct_bytes:
        disposition = content_disposition(record.filename)
        return Response(
            200,
            object_store.MEDIA_TYPE,
            object_store.get(record),
            {"Content-Disposition": disposition},
        )
    lifetime_s = min(limits.url_lifetime_s, record.expires_at - now)  # no longer than the file
    url = object_store.signed_get_url(record, lifetime_s)
    if not redirects:
        found = ContentLocation(
            location=url, expires_at=now + lifetime_s, bytes=record.bytes, sha256=record.sha256
        )
        return Response(200, JSON, found)
    hint = "The content is at 'location'. Follow the redirect: curl -L, or your client's option."
    return Response(302, JSON, Redirect(message=hint, location=url), {"Location": url})


@app.get("/files/<file_id>/validation")
def validation(file_id: str) -> ValidationReport:
    key = _key(file_id)
    record = file_table.get_file(key, _now())
    found = file_table.get_validation(key) if record.status in CHECKED else None
    if found is None:
        raise FileNotFound
    return ValidationReport.of(key.ulid, found)


@app.delete("/files/<file_id>")
def delete(file_id: str) -> FileDeleted:
    key = _key(file_id)
    file_table.delete_file(key, _now())
    return FileDeleted(id=id_of(key.ulid))


@app.get("/limits")
def show_limits() -> Answer:
    who = caller(app)
    return LimitsObject.of(settings.limits(), who.role, usage_table.read(who.account).usage)


@app.get("/openapi.json")
def openapi() -> Response[str]:
    return Response(200, JSON, DOCUMENT.read_text())


@log_invocation
@metrics.log_metrics
def handler(event: Event, context: "LambdaContext") -> Event:
    return serve(app, event, context)


def _key(file_id: str) -> FileKey:
    """The caller's file of this id, whether it exists or not. Raises FileNotFound."""
    key = FileKey(caller(app).account, ulid_of_file(file_id))
    logger.append_keys(file_id=file_id)
    return key


def _recalled_file(account: str, file_id: str) -> FileRecord:
    """The file that an earlier request created, as it is now. Raises InvalidValue if it has gone:
    a success would promise a file that no other route knows."""
    try:
        return file_table.get_file(FileKey(account, ulid_of_file(file_id)), _now())
    except FileNotFound as error:
        raise InvalidValue(
            HEADER,
            f"The file created with this {HEADER}, '{file_id}', was deleted or has expired. "
            "Use a new key to create another file.",
        ) from error


def _now() -> int:
    return now_ms() // 1000
