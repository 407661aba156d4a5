"""What the files table is asked, in DynamoDB's own words. Pure but for the table's name."""

from typing import Any

from lambdas import settings
from lambdas.domain.file import LISTED, FileRecord
from lambdas.domain.keys import TTL_ATTRIBUTE, UNCHECKED_SHARD
from lambdas.stores.file_item import Item, file_item, file_key

STATUS_NAME = {"#status": "status"}

CHANGING = ("multipart_id", "packed_from", "md5", "proxied_bytes")
"""What uploads change without changing the state: a move that knows the old ones is not done."""


def listed_condition(now: int) -> tuple[str, Item]:
    """The condition that a record is a file and has not expired, and its values."""
    states: Item = {f":{state.value}": {"S": state.value} for state in sorted(LISTED)}
    condition = f"#status IN ({', '.join(states)}) AND {TTL_ATTRIBUTE} > :now"
    return condition, {**states, ":now": {"N": str(now)}}


def transition(
    record: FileRecord, target: FileRecord, now: int, changed: tuple[str, ...]
) -> dict[str, Any]:
    """The update that takes a record, if still as it was read, to `target`'s `changed` fields.

    It also takes the record into the index of unchecked files, or out of it.
    """
    seen, item = file_item(record), file_item(target)
    written = {name: item[name] for name in (*changed, UNCHECKED_SHARD) if name in item}
    checked = UNCHECKED_SHARD in seen and UNCHECKED_SHARD not in item
    assignments = ["#status = :state", *(f"#{name} = :new_{name}" for name in written)]
    unchanged = [
        f"#{name} = :old_{name}" if name in seen else f"attribute_not_exists(#{name})"
        for name in ("status", *CHANGING)
    ]
    old = {f":old_{name}": seen[name] for name in ("status", *CHANGING) if name in seen}
    return {
        "TableName": settings.files_table(),
        "Key": file_key(record.key),
        "UpdateExpression": "SET "
        + ", ".join(assignments)
        + (f" REMOVE {UNCHECKED_SHARD}" if checked else ""),
        "ConditionExpression": " AND ".join([*unchanged, f"{TTL_ATTRIBUTE} > :now"]),
        "ExpressionAttributeNames": {f"#{n}": n for n in ("status", *CHANGING, *written)},
        "ExpressionAttributeValues": {
            **old,
            **{f":new_{name}": value for name, value in written.items()},
            ":state": item["status"],
            ":now": {"N": str(now)},
        },
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
