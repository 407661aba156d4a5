"""Headers of every response, from a function or from the gateway itself. Pure."""

ALWAYS_SENT = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
"""Responses are an account's own and change by the second, so no cache may keep them; and a browser
must never guess that a customer's bytes are a page (WHATWG Fetch, X-Content-Type-Options)."""
