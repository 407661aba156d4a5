"""The first API key of the local stack: made once, and the same after every deployment."""

import time

from lambdas.stores import key_table
from linegate.api_keys import ApiKey, Role, hash_secret, new_api_key, parse_bearer

ACCOUNT = "local"
NAME = "first key"


def ensure(known: str | None) -> str:
    """The key given, or a new one, now in the keys table that the environment names."""
    now = int(time.time())
    parsed = parse_bearer(f"Bearer {known}") if known else None
    if known and parsed:
        key_id, secret = parsed
        if key_table.get(key_id) is None:
            last4 = secret[-4:]
            key_table.put(
                ApiKey(key_id, hash_secret(secret), ACCOUNT, NAME, Role.CLIENT, now, last4)
            )
        return known
    key, text = new_api_key(ACCOUNT, NAME, now)
    key_table.put(key)
    return text
