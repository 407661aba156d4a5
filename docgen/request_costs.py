"""What each request and event asks of AWS: calls, items, capacity units. Counted, not estimated.

tests/integration/test_calls.py holds every row against the functions on moto. docgen/costs.py has
what they cost. Records are those of files that were uploaded in parts, with a SHA-256; reports are
those of valid files. A report with many errors is larger: up to 380 KB, 760 units to write.
"""

from typing import NamedTuple

from infra.permissions import FunctionName


class Work(NamedTuple):
    """One request or event. `items` are read or written; units are DynamoDB's."""

    name: str
    function: FunctionName
    calls: tuple[str, ...]
    items: int
    read: float
    written: float


_GET, _PUT, _UPDATE, _DELETE = (f"dynamodb.{n}Item" for n in ("Get", "Put", "Update", "Delete"))
_QUERY, _TRANSACTION = "dynamodb.Query", "dynamodb.TransactWriteItems"

FILES, UPLOADS = FunctionName.FILES, FunctionName.UPLOADS

WORK = (
    Work("POST /files", FILES, (_UPDATE, "s3.PutObject", _TRANSACTION), 3, 0, 5),
    Work("GET /files", FILES, (_QUERY,), 21, 3, 0),
    Work("GET /files?limit=100", FILES, (_QUERY,), 101, 12, 0),
    Work("GET /files/{file_id}", FILES, (_GET,), 1, 1, 0),
    Work("GET /files/{file_id}/content", FILES, (_GET, "s3.GetObject"), 1, 1, 0),
    Work("GET /files/{file_id}/content, redirected", FILES, (_GET,), 1, 1, 0),
    Work("GET /files/{file_id}/validation", FILES, (_GET, _GET), 2, 2, 0),
    Work("DELETE /files/{file_id}", FILES, (_DELETE,), 1, 0, 1),
    Work("GET /limits", FILES, (_GET,), 1, 1, 0),
    Work("GET /openapi.json", FILES, (), 0, 0, 0),
    Work("POST /uploads", UPLOADS, (_UPDATE, "s3.CreateMultipartUpload", _PUT), 2, 0, 2),
    Work("GET /uploads", UPLOADS, (_QUERY,), 0, 1, 0),
    Work("GET /uploads/{upload_id}", UPLOADS, (_GET, "s3.ListParts"), 1, 1, 0),
    Work("POST /uploads/{upload_id}/parts", UPLOADS, (_GET, _UPDATE, "s3.PutObject"), 2, 1, 1),
    Work(
        "POST /uploads/{upload_id}/complete",
        UPLOADS,
        (_GET, "s3.ListParts", "s3.CompleteMultipartUpload", _TRANSACTION, _UPDATE),
        3,
        1,
        5,
    ),
    Work(
        "POST /uploads/{upload_id}/complete, with md5",
        UPLOADS,
        (_GET, "s3.ListParts", _UPDATE, "s3.CompleteMultipartUpload", _TRANSACTION, _UPDATE),
        4,
        1,
        6,
    ),
    Work(
        "POST /uploads/{upload_id}/cancel",
        UPLOADS,
        (_GET, _TRANSACTION, _UPDATE, "s3.AbortMultipartUpload", "s3.ListParts"),
        3,
        1,
        3,
    ),
    Work("authorizer", FunctionName.AUTHORIZER, (_GET,), 1, 1, 0),
    Work("finalizer", FunctionName.FINALIZER, (_GET, "s3.GetObject", _TRANSACTION), 3, 1, 6),
    Work(
        "reaper",
        FunctionName.REAPER,
        (_TRANSACTION, _UPDATE, "s3.DeleteObjects", "dynamodb.BatchWriteItem"),
        3,
        0,
        4,
    ),
)

RECONCILED_FILE_READ = 2.5
"""Capacity units, at most, for each stored file and round of the reconciler, which is a day. It
also asks S3 for each object's metadata."""

IDLE_RUN_READ = 9
IDLE_RUN_WRITES_S3 = 7
"""Of a run of the reconciler that finds nothing stored: capacity units; PUT or LIST requests."""


def work(name: str) -> Work:
    """The row of that name."""
    return next(row for row in WORK if row.name == name)
