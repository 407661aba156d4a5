"""Headers of every response, from a function or from the gateway itself. Pure."""

from urllib.parse import quote

ALWAYS_SENT = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
"""Responses are an account's own and change by the second, so no cache may keep them; and a browser
must never guess that a customer's bytes are a page (WHATWG Fetch, X-Content-Type-Options)."""

SAVED_NAME_BYTES = 255
"""In UTF-8, as much as the usual file systems take. A signed URL holds the name encoded twice, five
bytes for one: 255 characters of Chinese would make it 4 KB long."""

LONGEST_SUFFIX_BYTES = 16


def content_disposition(filename: str) -> str:
    """`attachment` with the name twice: in ASCII for the old, in UTF-8 for the rest (RFC 6266)."""
    name = saved_name(filename)
    kept = set(map(chr, range(32, 127))) - set('"\\%')
    plain = "".join(c if c in kept else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def saved_name(filename: str) -> str:
    """The name that clients save a file under: its own, shortened before the suffix if long."""
    _, dot, suffix = filename.rpartition(".")
    end = (dot + suffix).encode()
    if not dot or len(end) > LONGEST_SUFFIX_BYTES:
        end = b""
    whole = filename.encode()
    stem = whole.removesuffix(end)[: SAVED_NAME_BYTES - len(end)]
    if len(whole) <= SAVED_NAME_BYTES:
        return filename
    return stem.decode(errors="ignore") + end.decode()
