"""What follows a record that has gone, whether it was deleted or has expired.

Every step may be repeated: deleting what is not there is no error.
"""

from lambdas.domain.file import FileRecord
from lambdas.stores import file_table, multipart_store, object_store, part_store


def remove_traces(record: FileRecord) -> None:
    """Delete the bytes, the parts and the report of a record that is no longer in the table.

    The upload is aborted first: nothing can become an object behind its deletion.
    """
    multipart_store.abort(record)
    object_store.delete(record)
    if record.proxied_bytes:
        part_store.delete_all(record.key)
    file_table.delete_report(record.key)
