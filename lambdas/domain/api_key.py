"""API keys: `lg_<key id>_<secret>`. Only a hash of the secret is ever stored.

A secret has 256 random bits, so one SHA-256 is enough: there is nothing to guess that a slow
hash would protect (as there is with passwords).
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

KEY_ID_CHARS = 16
SECRET_BYTES = 32

_KEY = re.compile(r"lg_([a-z0-9]{16})_([A-Za-z0-9_-]{43})")
_BEARER = re.compile(r"bearer +(\S+) *", re.IGNORECASE)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class Role(StrEnum):
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
    """A fresh key and the text to hand out, which exists nowhere else afterwards."""
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(KEY_ID_CHARS))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey(key_id, hash_secret(secret), account, name, role, now, secret[-4:], expires_at)
    return key, f"lg_{key_id}_{secret}"


def parse_bearer(header: str) -> tuple[str, str] | None:
    """Key id and secret from an Authorization header; None when it cannot be one of our keys."""
    bearer = _BEARER.fullmatch(header)
    match = _KEY.fullmatch(bearer[1]) if bearer else None
    return (match[1], match[2]) if match else None


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
