"""The files table as uploads use it: a pending record that changes and stays pending.

| access pattern | operation                                                                |
|----------------|--------------------------------------------------------------------------|
| retrieve       | GetItem, consistent                                                      |
| admit a part   | UpdateItem ADD, if pending and what was sent leaves room                 |
| revise         | UpdateItem, if pending and its `multipart_id` is still the one that was read |
"""

from typing import Any

from lambdas import settings
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import TTL_ATTRIBUTE, FileKey
from lambdas.domain.upload import existing_upload
from lambdas.stores import file_table
from lambdas.stores.file_item import Item, file_item, file_key

_PENDING = f"#status = :pending AND {TTL_ATTRIBUTE} > :now"


def get(key: FileKey, now: int) -> FileRecord:
    """The record of an upload, whatever became of it. Raises UploadNotFound."""
    return existing_upload(file_table.get(key, now), now)


def admit_part(
    record: FileRecord, part_bytes: int, most_parts: int, most_bytes: int, now: int
) -> FileRecord:
    """Count a proxied part before it is stored, so that whoever ends the upload knows of it.

    Raises TransitionRefused where the upload has ended or would have been sent more than
    most_parts or most_bytes.
    """
    update = {
        "UpdateExpression": "ADD proxied_parts :one, proxied_bytes :size",
        "ConditionExpression": f"{_PENDING} AND attribute_exists(multipart_id)"
        " AND (attribute_not_exists(proxied_parts)"
        " OR proxied_parts < :most_parts AND proxied_bytes <= :room)",
    }
    values: Item = {
        ":one": {"N": "1"},
        ":size": {"N": str(part_bytes)},
        ":most_parts": {"N": str(most_parts)},
        ":room": {"N": str(most_bytes - part_bytes)},
    }
    return file_table.conditional_update(_pending_update(record.key, update, {}, values, now))


def revise(record: FileRecord, now: int, **changes: str | None) -> FileRecord:
    """Write `changes`, texts, None removing one, and answer with the record as it is then.

    Raises TransitionRefused, also where another request has changed `multipart_id`.
    """
    written = {name: value for name, value in changes.items() if value is not None}
    removed = [name for name, value in changes.items() if value is None]
    clauses = []
    if written:
        clauses.append("SET " + ", ".join(f"#{name} = :new_{name}" for name in written))
    if removed:
        clauses.append("REMOVE " + ", ".join(f"#{name}" for name in removed))
    update = {
        "UpdateExpression": " ".join(clauses),
        "ConditionExpression": f"{_PENDING} AND multipart_id = :multipart_id",
    }
    values: Item = {f":new_{name}": {"S": value} for name, value in written.items()}
    values[":multipart_id"] = file_item(record)["multipart_id"]
    names = {f"#{name}": name for name in changes}
    return file_table.conditional_update(_pending_update(record.key, update, names, values, now))


def _pending_update(
    key: FileKey, update: dict[str, str], names: dict[str, str], values: Item, now: int
) -> dict[str, Any]:
    return update | {
        "TableName": settings.files_table(),
        "Key": file_key(key),
        "ExpressionAttributeNames": {"#status": "status", **names},
        "ExpressionAttributeValues": {
            **values,
            ":pending": {"S": Status.PENDING.value},
            ":now": {"N": str(now)},
        },
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
