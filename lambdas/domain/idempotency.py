"""Idempotency keys: a request that is retried with the same key is executed once. Pure.

Two requests are the same when they ask for the same thing, not when their bytes are equal: clients
that retry a form draw a new boundary for it.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass

from lambdas.domain.errors import InvalidValue, Unavailable
from lambdas.domain.keys import DAY_S

HEADER = "Idempotency-Key"
MAX_KEY_CHARS = 255
KEPT_S = DAY_S
"""How long the first answer is given again."""

KEY_PATTERN = rf"^[\x21-\x7e]{{1,{MAX_KEY_CHARS}}}$"
_KEY = re.compile(KEY_PATTERN)


class StillWorking(Unavailable):
    """The first request with this key has no answer yet, or was stopped in the last half minute."""

    explanation = (
        "The first request with this Idempotency-Key is still running. Send this one again."
    )


@dataclass(frozen=True, slots=True)
class Repeatable:
    """One request under a key, which means something for one account and one route only."""

    account: str
    route: str
    """Such as `POST /files`."""
    key: str
    digest: str
    """Of what is asked for: see digest_of."""


def parse_key(values: Collection[str]) -> str | None:
    """The key in the headers of this name; None without one. Raises InvalidValue."""
    if not values:
        return None
    key = next(iter(values))
    if len(set(values)) > 1 or not _KEY.fullmatch(key):
        raise InvalidValue(
            HEADER,
            f"{HEADER} must be a single key of 1 to {MAX_KEY_CHARS} visible ASCII characters.",
        )
    return key


def digest_of(*values: str | int | bytes) -> str:
    """The SHA-256 of the values, each behind its length, so that nothing moves between two."""
    digest = hashlib.sha256()
    for value in values:
        raw = value if isinstance(value, bytes) else str(value).encode()
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return digest.hexdigest()
