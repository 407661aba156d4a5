"""API keys: `lg_<key id>_<secret>`. Only a hash of the secret is ever stored.

A secret has 256 random bits, so one SHA-256 is enough: there is nothing to guess that a slow
hash would protect (as there is with passwords).
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import Enum

KEY_ID_CHARS = 16
SECRET_BYTES = 32
LAST_CHARS = 4
"""How much of a secret is kept, so that people can tell their keys apart."""

MAX_HEADER_CHARS = 128
"""A key has 63 characters: what is much longer is not worth looking at."""

MAX_NAME_CHARS = 100

_KEY = re.compile(r"lg_([a-z0-9]{16})_([A-Za-z0-9_-]{43})")
_BEARER = re.compile(r"bearer +(\S+) *", re.IGNORECASE)
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class Role(str, Enum):
    """What a key may write: a client its inputs, a batch engine's worker the results as well."""

    CLIENT = "client"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the table keeps it: everything but the secret. Times are Unix seconds."""

    key_id: str
    secret_sha256: str
    account: str
    name: str
    role: Role
    created_at: int
    last4: str
    expires_at: int | None = None
    revoked_at: int | None = None

    def opens(self, secret: str, now: int) -> bool:
        """Whether `secret` is this key's and the key is valid at `now`. Constant time."""
        matches = hmac.compare_digest(self.secret_sha256, hash_secret(secret))
        alive = self.revoked_at is None and (self.expires_at is None or self.expires_at > now)
        return matches and alive


NOBODY = ApiKey("", hashlib.sha256(b"").hexdigest(), "", "", Role.CLIENT, 0, "", expires_at=0)
"""Compared with when a key id is unknown, so that it costs what a wrong secret costs."""


def new_api_key(
    account: str, name: str, now: int, role: Role = Role.CLIENT, expires_at: int | None = None
) -> tuple[ApiKey, str]:
    """A fresh key and the text to hand out, which exists nowhere else afterwards.

    Raises ValueError for an account or a name that cannot be one. Random, otherwise pure.
    """
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(KEY_ID_CHARS))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey(
        key_id=key_id,
        secret_sha256=hash_secret(secret),
        account=valid_account(account),
        name=valid_name(name),
        role=role,
        created_at=now,
        last4=secret[-LAST_CHARS:],
        expires_at=expires_at,
    )
    return key, f"lg_{key_id}_{secret}"


def valid_account(account: str) -> str:
    """The account, which becomes part of object keys: one path segment. Raises ValueError."""
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(
            "an account is 1 to 63 letters, digits, '.', '_' and '-', the first a letter or digit"
        )
    return account


def valid_name(name: str) -> str:
    """What people call a key. Raises ValueError."""
    if not (1 <= len(name) <= MAX_NAME_CHARS and name.isprintable() and name == name.strip()):
        raise ValueError(f"a name is 1 to {MAX_NAME_CHARS} printable characters")
    return name


def parse_bearer(header: str) -> tuple[str, str] | None:
    """Key id and secret from an Authorization header; None when it cannot be one of our keys."""
    if len(header) > MAX_HEADER_CHARS:
        return None
    bearer = _BEARER.fullmatch(header)
    match = _KEY.fullmatch(bearer[1]) if bearer else None
    return (match[1], match[2]) if match else None


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
