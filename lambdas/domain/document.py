"""The OpenAPI 3.1 document, from the wire models, the limits and one row for each route. Pure.

`python -m lambdas.domain.document` prints it; `make docs` keeps it as lambdas/openapi.json,
which the files function serves. A test holds that the rows are the gateway's routes and that the
kept file is current.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter

from lambdas.domain import errors
from lambdas.domain.batch_wire import BatchId, BatchList, BatchObject
from lambdas.domain.body_schemas import COMPLETION, NEW_BATCH, NEW_FILE, NEW_UPLOAD, PART, Schema
from lambdas.domain.form import MEDIA_TYPE as FORM
from lambdas.domain.idempotency import HEADER, KEPT_S, KEY_PATTERN
from lambdas.domain.limits import DEFAULT_PAGE, MAX_PAGE
from lambdas.domain.limits_wire import LimitsObject
from lambdas.domain.routes import STAGE, routes
from lambdas.domain.upload_wire import UploadId, UploadList, UploadObject, UploadPartObject
from lambdas.domain.version import VERSION
from lambdas.domain.wire import (
    ContentLocation,
    ErrorBody,
    FileDeleted,
    FileId,
    FileList,
    FileObject,
    Redirect,
    ValidationReport,
)

JSON = "application/json"
NDJSON = "application/x-ndjson"

ErrorClass = type[errors.ApiError]

_BY_NAME = {route.name: route for route in routes(with_batches=True)}

_SCHEMAS = "#/components/schemas/"
_ALWAYS: tuple[ErrorClass, ...] = (errors.InternalError, errors.Unavailable)
_GATEWAY_STATUSES = {429: "Too many requests; wait for Retry-After.", 504: "No response in time."}


@dataclass(frozen=True)
class RouteDoc:
    """One route. `answer` is the model of a 200; None where it is not one of ours."""

    name: str
    """The route's, as in lambdas/domain/routes.py: `POST /files`."""
    summary: str
    answer: type[BaseModel] | None
    raises: tuple[ErrorClass, ...] = ()
    body: tuple[str, Schema] | None = None
    query: tuple[Schema, ...] = ()
    repeatable: bool = False
    """Whether it takes an Idempotency-Key."""

    @property
    def method(self) -> str:
        return _BY_NAME[self.name].method

    @property
    def path(self) -> str:
        return _BY_NAME[self.name].path

    @property
    def public(self) -> bool:
        return _BY_NAME[self.name].public


def openapi() -> Schema:
    """The whole document, in OpenAPI's own shape."""
    models = {doc.answer for doc in ROUTES if doc.answer} | {ContentLocation, ErrorBody, Redirect}
    ordered = sorted(models, key=lambda model: model.__name__)
    _, definitions = TypeAdapter.json_schemas(
        [(model.__name__, "serialization", TypeAdapter(model)) for model in ordered],
        ref_template=_SCHEMAS + "{model}",
    )
    paths: dict[str, Schema] = {}
    for doc in ROUTES:
        paths.setdefault(doc.path, {})[doc.method.lower()] = _operation(doc)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Linegate",
            "version": VERSION,
            "summary": "Files for batch inference: upload, check, list, download, expire.",
        },
        "servers": [{"url": f"/{STAGE}"}],
        "security": [{"apiKey": []}],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(doc: RouteDoc) -> Schema:
    name = doc.path.replace("{", "").replace("}", "").replace(".", "_").strip("/")
    parameters = [_path_parameter(p) for p in doc.path.split("/") if p.startswith("{")]
    operation: Schema = {
        "operationId": f"{doc.method.lower()}_{name.replace('/', '_')}",
        "summary": doc.summary,
        "responses": _responses(doc),
    }
    parameters += [*doc.query, *([_IDEMPOTENCY_KEY] if doc.repeatable else [])]
    if parameters:
        operation["parameters"] = parameters
    if doc.body:
        media_type, schema = doc.body
        content = {media_type: {"schema": schema}}
        operation["requestBody"] = {"required": bool(schema["required"]), "content": content}
    if doc.public:
        operation["security"] = []
    return operation


def _responses(doc: RouteDoc) -> Schema:
    described: dict[int, Schema] = {200: _content("Done.", JSON, _ref(doc.answer))}
    if doc.answer is None:
        described[200] = _content("Done.", JSON, {"type": "object"})
    if doc.path.endswith("/content"):
        binary = {"type": "string", "format": "binary"}
        described[200] = _content("The content, if the file is small enough.", NDJSON, binary)
        described[200]["content"][JSON] = {"schema": _ref(ContentLocation)}
        described[302] = _content(
            "A redirect to the content of a larger file.", JSON, _ref(Redirect)
        )
        described[302]["headers"] = {"Location": {"schema": {"type": "string", "format": "uri"}}}
    raised = (*doc.raises, *_ALWAYS, *(() if doc.public else (errors.InvalidApiKey,)))
    for status in sorted({error.status for error in raised}):
        described[status] = _error(e for e in raised if e.status == status)
    for status, why in _GATEWAY_STATUSES.items():
        described[status] = _content(why, JSON, _ref(ErrorBody))
    request_id = {"x-request-id": {"schema": {"type": "string"}}}
    for response in described.values():
        response.setdefault("headers", {}).update(request_id)
    return {str(status): described[status] for status in sorted(described)}


def _error(classes: Iterable[ErrorClass]) -> Schema:
    codes = sorted({getattr(c, "code", "the first line error's code") for c in classes})
    return _content(f"code: {', '.join(codes)}", JSON, _ref(ErrorBody))


def _content(description: str, media_type: str, schema: Schema) -> Schema:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def _ref(model: type[BaseModel] | None) -> Schema:
    return {"$ref": f"{_SCHEMAS}{model.__name__}"} if model else {}


def _path_parameter(braced: str) -> Schema:
    return {"name": braced[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_IDEMPOTENCY_KEY: Schema = {
    "name": HEADER,
    "in": "header",
    "description": f"A retry with the same key gets the first response, for {KEPT_S} seconds.",
    "schema": {"type": "string", "pattern": KEY_PATTERN},
}

_BAD_FILE_FORM = (
    errors.MissingParameter,
    errors.InvalidValue,
    errors.InvalidMultipart,
    errors.RequestTooLarge,
    errors.UnsupportedMedia,
)
_BAD_JSON = (
    errors.MissingParameter,
    errors.InvalidValue,
    errors.RequestTooLarge,
)
_NO_FILE = (errors.FileNotFound,)
_NO_UPLOAD = (errors.UploadNotFound,)
_NO_BATCH = (errors.BatchNotFound,)

_ORDER = {"type": "string", "enum": ["asc", "desc"], "default": "asc"}


def _page(listed: str, ids: Any) -> tuple[Schema, ...]:
    return (
        _query(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MAX_PAGE, "default": DEFAULT_PAGE},
            f"Maximum number of {listed} in a page.",
        ),
        _query(
            "after",
            TypeAdapter(ids).json_schema(),
            "The `last_id` of the previous page. That object may have been deleted.",
        ),
        _query("order", _ORDER, "Order by creation time; `asc` is oldest first."),
    )


_PURPOSE = _query(
    "purpose",
    {"type": "string"},
    "Only files of this purpose. An unknown purpose returns an empty list.",
)
_REDIRECT = _query(
    "redirect",
    {"type": "boolean", "default": True},
    "`false`: return JSON with the location instead of the content or a redirect, at any size.",
)

ROUTES = (
    RouteDoc(
        "POST /files",
        "Upload a file in one request; its lines are checked before the response.",
        FileObject,
        (*_BAD_FILE_FORM, errors.InvalidLines, errors.QuotaExceeded),
        (FORM, NEW_FILE),
        repeatable=True,
    ),
    RouteDoc(
        "GET /files",
        "List files.",
        FileList,
        (errors.InvalidValue,),
        query=(*_page("files", FileId), _PURPOSE),
    ),
    RouteDoc("GET /files/{file_id}", "Retrieve a file.", FileObject, _NO_FILE),
    RouteDoc("DELETE /files/{file_id}", "Delete a file.", FileDeleted, _NO_FILE),
    RouteDoc(
        "GET /files/{file_id}/content",
        "Download a file.",
        None,
        (errors.InvalidValue, *_NO_FILE),
        query=(_REDIRECT,),
    ),
    RouteDoc(
        "GET /files/{file_id}/validation",
        "Retrieve the report of the line check; 404 until it is done.",
        ValidationReport,
        _NO_FILE,
    ),
    RouteDoc(
        "GET /limits",
        "Retrieve the deployment's limits, and the account's quotas and usage.",
        LimitsObject,
    ),
    RouteDoc(
        "POST /uploads",
        "Create an upload in parts; each part has a presigned URL for exactly its bytes.",
        UploadObject,
        (*_BAD_JSON, errors.QuotaExceeded),
        (JSON, NEW_UPLOAD),
        repeatable=True,
    ),
    RouteDoc(
        "GET /uploads",
        "List pending uploads, without their URLs.",
        UploadList,
        (errors.InvalidValue,),
        query=_page("uploads", UploadId),
    ),
    RouteDoc(
        "GET /uploads/{upload_id}",
        "Retrieve an upload: the parts received, and fresh URLs for the others.",
        UploadObject,
        _NO_UPLOAD,
    ),
    RouteDoc(
        "POST /uploads/{upload_id}/parts",
        "Send a part through the API, for clients that do not support presigned URLs.",
        UploadPartObject,
        (*_BAD_FILE_FORM, errors.PartTooLarge, *_NO_UPLOAD),
        (FORM, PART),
    ),
    RouteDoc(
        "POST /uploads/{upload_id}/complete",
        "Complete an upload: join its parts into a file, whose lines are then checked.",
        UploadObject,
        (*_BAD_JSON, *_NO_UPLOAD),
        (JSON, COMPLETION),
    ),
    RouteDoc(
        "POST /uploads/{upload_id}/cancel",
        "Cancel an upload and delete its parts.",
        UploadObject,
        (errors.InvalidValue, *_NO_UPLOAD),
    ),
    RouteDoc(
        "POST /batches",
        "Create a batch: send every request of a file to the model endpoint.",
        BatchObject,
        _BAD_JSON,
        (JSON, NEW_BATCH),
        repeatable=True,
    ),
    RouteDoc(
        "GET /batches",
        "List batches, newest first.",
        BatchList,
        (errors.InvalidValue,),
        query=_page("batches", BatchId)[:2],
    ),
    RouteDoc("GET /batches/{batch_id}", "Retrieve a batch.", BatchObject, _NO_BATCH),
    RouteDoc(
        "POST /batches/{batch_id}/cancel",
        "Cancel a batch: no more requests are sent, and results so far are delivered.",
        BatchObject,
        (errors.InvalidValue, *_NO_BATCH),
    ),
    RouteDoc(
        "GET /tcp_warming",
        "Return an empty object, without a function. Cerebras' SDKs use it to warm connections.",
        None,
    ),
    RouteDoc("GET /openapi.json", "Retrieve the OpenAPI document.", None),
)


if __name__ == "__main__":
    print(json.dumps(openapi(), indent=2))  # noqa: T201  # printing is what it is for
