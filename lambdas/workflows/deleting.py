"""What follows a record that has gone, whether it was deleted or has expired.

Every step may be repeated: deleting what is not there is no error.
"""

from lambdas.domain.file import FileRecord, Status
from lambdas.stores import file_table, object_store


def remove_traces(record: FileRecord) -> None:
    """Delete the bytes, the parts and the report of a record that is no longer in the table."""
    object_store.delete(record)
    if record.status is Status.PENDING:
        object_store.abort_multipart(record)
    file_table.delete_report(record.key)
