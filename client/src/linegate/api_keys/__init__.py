"""API keys: their text, and the item that the keys table holds for each. Pure.

The service reads what the operator's command writes, so both ship this folder. It imports nothing
but the standard library and itself, and runs on Python 3.10.
"""

from .api_key import (
    NOBODY,
    ApiKey,
    Role,
    hash_secret,
    new_api_key,
    parse_bearer,
    valid_account,
    valid_name,
)
from .item import PARTITION_KEY, api_key_of, item_key, item_of

__all__ = [
    "NOBODY",
    "PARTITION_KEY",
    "ApiKey",
    "Role",
    "api_key_of",
    "hash_secret",
    "item_key",
    "item_of",
    "new_api_key",
    "parse_bearer",
    "valid_account",
    "valid_name",
]
