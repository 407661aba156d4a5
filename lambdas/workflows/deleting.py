"""What follows a record that has gone, whether it was deleted or has expired.

Every step may be repeated: deleting what is not there is no error.
"""

from lambdas.domain.file import FileRecord
from lambdas.stores import file_table, multipart_store, object_store, part_store, usage_table


def follow_removal(record: FileRecord, now: int) -> None:
    """Give back what a record held of its account's quotas, then remove its traces.

    In this order, so that trouble with the bytes is not the account's.
    """
    usage_table.release(record, now)
    remove_traces(record)


def remove_traces(record: FileRecord) -> None:
    """Delete the bytes, the parts and the report of a record that is no longer in the table.

    The upload is aborted first: nothing can become an object behind its deletion.
    """
    multipart_store.abort(record)
    object_store.delete(record)
    if record.proxied_bytes:
        part_store.delete_all(record.key)
    file_table.delete_report(record.key)
