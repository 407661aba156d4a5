"""How the console's files are answered: encodings, caching, and what their page may do. Pure.

The page is a client of the API like any other: it holds no data, and the key that a person pastes
into it goes to the API alone. Its policy lets it reach the API's own origin and the storage, where
presigned URLs lead, and nothing else; no text can become a script in it.
"""

import gzip
import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from lambdas.domain.headers import ALWAYS_SENT

INDEX = "index.html"

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}

FOREVER = "public, max-age=31536000, immutable"
"""For all files but the page itself: each has a digest of its bytes in its name."""

ASK_AGAIN = "no-cache"

TRUSTED_TYPES = "console"
"""The one policy by which the page names a script's URL: its worker's."""


class Asset(NamedTuple):
    """One file of the page, compressed when it was built."""

    media_type: str
    compressed: bytes
    digest: str

    @classmethod
    def of(cls, name: str, compressed: bytes) -> "Asset":
        """Raises KeyError for a suffix that no browser is to be given."""
        suffix = name[name.rindex(".") :]
        digest = hashlib.sha256(compressed).hexdigest()[:32]
        return cls(MEDIA_TYPES[suffix], compressed, digest)


class Answered(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def answer(name: str, asset: Asset, asked: Mapping[str, str], storage_origin: str) -> Answered:
    """The file for a request with these headers, by their names in lower case."""
    takes_gzip = "gzip" in asked.get("accept-encoding", "").lower()
    tag = f'"{asset.digest}"' if takes_gzip else f'"{asset.digest}-identity"'
    headers = {
        **ALWAYS_SENT,
        **page_headers(storage_origin),
        "Content-Type": asset.media_type,
        "Cache-Control": ASK_AGAIN if name == INDEX else FOREVER,
        "ETag": tag,
        "Vary": "Accept-Encoding",
    }
    if tag in asked.get("if-none-match", "").replace("W/", "").split(", "):
        return Answered(304, headers, b"")
    if takes_gzip:
        return Answered(200, headers | {"Content-Encoding": "gzip"}, asset.compressed)
    return Answered(200, headers, gzip.decompress(asset.compressed))


def page_headers(storage_origin: str) -> dict[str, str]:
    """The page's Content Security Policy (W3C, level 3)."""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "worker-src": "'self'",
        "connect-src": f"'self' {storage_origin}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": TRUSTED_TYPES,
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
    }
