"""`linegate keys create`, `list` and `revoke`, once it is known where the keys table is."""

import json
import re
import time
from typing import Any

from ...api_keys import ApiKey, Role, new_api_key, parse_bearer
from ..errors import DONE, LocalFailure
from ..terminal import format_moment, format_time, note, show_table
from . import table as keys_table
from .stack import Table

KEY_ID = re.compile(r"[a-z0-9]{16}")

COLUMNS = ("KEY ID", "ACCOUNT", "ROLE", "STATUS", "LAST 4", "CREATED", "EXPIRES", "NAME")
LEFT_OUT_FIRST = ("LAST 4", "CREATED", "ROLE", "EXPIRES")


def create(
    table: Table, account: str, name: str, role: str, expires_in_s: int | None, as_json: bool
) -> int:
    """Make a key and print it, alone on standard output, this once. Raises Failure."""
    now = int(time.time())
    expires_at = None if expires_in_s is None else now + expires_in_s
    try:
        key, text = new_api_key(account, name, now, Role(role), expires_at)
    except ValueError as error:
        raise LocalFailure(str(error), "invalid_value") from error
    keys_table.create(table, key)
    if as_json:
        print(json.dumps({"key": text, **describe_key(key, now)}, ensure_ascii=False))
        return DONE
    until = "" if expires_at is None else f", valid until {format_time(expires_at)}"
    note(f"key {key.key_id} ({role}) for account {account}{until}.")
    note("this is the only time that it is shown:")
    print(text)
    return DONE


def list_keys(table: Table, account: str | None, as_json: bool, quiet: bool) -> int:
    """Every key that there is or was, without its secret, which nobody has. Raises Failure."""
    now = int(time.time())
    keys = keys_table.scan(table, account)
    if as_json or quiet:
        for key in keys:
            shown = describe_key(key, now)
            print(key.key_id if quiet else json.dumps(shown, ensure_ascii=False))
        return DONE
    show_table(COLUMNS, [_row(key, now) for key in keys], LEFT_OUT_FIRST, "ACCOUNT")
    if not keys:
        note("there are no keys" + (f" of account {account}." if account else "."))
    return DONE


def revoke(table: Table, named: str, as_json: bool) -> int:
    """Raises Failure, NotThere for an id that no key has."""
    now = int(time.time())
    key = keys_table.revoke(table, parse_key_id(named), now)
    if as_json:
        print(json.dumps(describe_key(key, now), ensure_ascii=False))
        return DONE
    since = "" if key.revoked_at == now else f" since {format_time(key.revoked_at or now)}"
    print(f"{key.key_id}  revoked{since}")
    note(
        f"{key.name} ({key.account}). A gateway that has just let it in does so for a while: "
        "60 s, unless the deployment's authorizer_cache_s says otherwise."
    )
    return DONE


def parse_key_id(text: str) -> str:
    """From a key's id or from all of the key. Raises LocalFailure."""
    if KEY_ID.fullmatch(text):
        return text
    parsed = parse_bearer(f"Bearer {text}")
    if parsed is None:
        raise LocalFailure("A key's id has 16 letters and digits: see linegate keys list")
    return parsed[0]


def status_of(key: ApiKey, now: int) -> str:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def describe_key(key: ApiKey, now: int) -> dict[str, Any]:
    """What may be known of a key, in Unix seconds."""
    return {
        "key_id": key.key_id,
        "account": key.account,
        "name": key.name,
        "role": key.role.value,
        "status": status_of(key, now),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last4": key.last4,
    }


def _row(key: ApiKey, now: int) -> list[str]:
    """Relative times for a person at a terminal, Unix seconds for a pipe."""
    times = [
        "" if at is None else format_moment(at, now) for at in (key.created_at, key.expires_at)
    ]
    status = status_of(key, now)
    return [key.key_id, key.account, key.role.value, status, key.last4, *times, key.name]
