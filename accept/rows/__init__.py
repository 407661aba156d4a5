"""The promises, by subject. Importing this registers them."""

from accept.rows import (
    browsers,
    errors,
    files,
    gateway,
    inside,
    keys,
    limits,
    lines,
    long,
    presigned,
    removal,
    uploads,
)

__all__ = [
    "browsers",
    "errors",
    "files",
    "gateway",
    "inside",
    "keys",
    "limits",
    "lines",
    "long",
    "presigned",
    "removal",
    "uploads",
]
