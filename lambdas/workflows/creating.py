"""A file that comes whole, in one request.

Calls to AWS: UpdateItem (its place is reserved), PutObject, TransactWriteItems (record, report).

The record comes last, with its verdict: there is nothing that a client could see before. Stopped in
between, the account counts for a file that is not there, and bytes may be there without a record;
the reconciler corrects the first and collects the second.
"""

from io import BytesIO

from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.domain.limits import Limits
from lambdas.domain.requests import NewFile
from lambdas.domain.usage import held_by
from lambdas.stores import file_table, object_store
from lambdas.workflows.admitting import admit, withdraw
from lambdas.workflows.checking import Clock, validate


def create_file(new: NewFile, key: FileKey, now: int, limits: Limits, clock: Clock) -> FileRecord:
    """Check, then store.

    Raises InvalidLines or QuotaExceeded, with nothing stored, or Unavailable.
    """
    validation = validate(BytesIO(new.content), new.purpose.name, limits, clock)
    validation.require_valid()
    record = FileRecord(
        key=key,
        status=Status.PENDING,
        filename=new.filename,
        purpose=new.purpose.name,
        bytes=len(new.content),
        created_at=now,
        expires_at=now + new.retention_s,
        retention_s=new.retention_s,
    )
    place = held_by(record)
    admit(key.account, place, limits, now)
    try:
        object_store.put(record, new.content)
    except Exception:
        withdraw(key.account, place, now)
        raise
    return file_table.create_checked(record, validation)
