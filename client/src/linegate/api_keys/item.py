"""A key as an item of the keys table, in DynamoDB's own JSON. Pure.

The table's key is the key's id alone: authorizing is one read, and nothing else is known then.
Absent attributes, not nulls, where a field is None.
"""

from typing import Any

from .api_key import ApiKey, Role

Item = dict[str, Any]

PARTITION_KEY = "PK"
PREFIX = "KEY#"

_STRINGS = ("secret_sha256", "account", "name", "last4")
_NUMBERS = ("created_at", "expires_at", "revoked_at")


def item_key(key_id: str) -> Item:
    return {PARTITION_KEY: {"S": PREFIX + key_id}}


def item_of(key: ApiKey) -> Item:
    item = item_key(key.key_id)
    item["role"] = {"S": key.role.value}
    for name in _STRINGS:
        item[name] = {"S": getattr(key, name)}
    for name in _NUMBERS:
        if (value := getattr(key, name)) is not None:
            item[name] = {"N": str(value)}
    return item


def api_key_of(item: Item) -> ApiKey:
    fields: dict[str, Any] = {name: item[name]["S"] for name in _STRINGS}
    fields |= {name: int(item[name]["N"]) for name in _NUMBERS if name in item}
    return ApiKey(
        key_id=item[PARTITION_KEY]["S"].removeprefix(PREFIX),
        role=Role(item["role"]["S"]),
        **fields,
    )
