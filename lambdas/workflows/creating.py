"""A file that comes whole, in one request.

Order of writes: the record, pending, so that the bytes are known of; the bytes; the verdict with
its report. A crash before the last leaves a pending record, which no client sees and which takes
the bytes with it when it expires.
"""

from io import BytesIO

from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.domain.limits import Limits
from lambdas.domain.requests import NewFile
from lambdas.stores import file_table, object_store
from lambdas.workflows.admitting import admit
from lambdas.workflows.checking import Clock, validate


def create_file(new: NewFile, key: FileKey, now: int, limits: Limits, clock: Clock) -> FileRecord:
    """Check, then store.

    Raises InvalidLines or QuotaExceeded, with nothing stored, or Unavailable.
    """
    validation = validate(BytesIO(new.content), new.purpose.name, limits, clock)
    validation.require_valid()
    pending = FileRecord(
        key=key,
        status=Status.PENDING,
        filename=new.filename,
        purpose=new.purpose.name,
        bytes=len(new.content),
        created_at=now,
        expires_at=now + min(limits.upload_lifetime_s, new.retention_s),
        retention_s=new.retention_s,
    )
    admit(pending, limits, now)
    object_store.put(pending, new.content)
    return file_table.enter_checked(pending, validation, now)
