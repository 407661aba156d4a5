"""Which web pages may read an answer (WHATWG Fetch, CORS protocol). Pure.

No credentials are allowed: a key is sent by name in a header, never by a browser on its own.
"""

from collections.abc import Collection

ANY_ORIGIN = "*"

EXPOSED_HEADERS = "x-request-id,Retry-After,Content-Disposition"
"""What a page may read beyond the headers that every page may."""


def cors_headers(origin: str | None, allowed_origins: Collection[str]) -> dict[str, str]:
    """The headers for an answer to a page of `origin`; None: no page asked.

    Where some origins are allowed, every answer says that it depends on the origin, so that no
    cache gives one page's answer to another.
    """
    if not allowed_origins:
        return {}
    varies = {"Vary": "Origin"}
    if origin is None or not {origin, ANY_ORIGIN} & set(allowed_origins):
        return varies
    return varies | {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
    }
