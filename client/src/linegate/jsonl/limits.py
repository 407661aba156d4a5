"""The limits of the line check. Standard library only: the stack is built from them too.

A limit is one field, made by `limit()`. The deployer's setting of that name, its row in
docs/settings.md, `GET /limits` and the client's own check are all read from it.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MIB = 1 << 20

DEEPEST = 512
"""The highest limit on depth: Python's own parsers fail near 1,000, less their callers' depth."""


def limit(
    default: Any,
    meaning: str,
    *,
    wire: str | None = None,
    maximum: int | None = None,
    because: str = "",
) -> Any:
    """A field of a frozen dataclass of limits.

    meaning: what the settings table and the API reference say of it.
    wire: its name in `GET /limits`; None where it is not shown there under a name of its own.
    maximum: the highest value that a deployer may set, `because` of what.
    """
    about = {"meaning": meaning, "wire": wire, "maximum": maximum, "because": because}
    return field(default=default, metadata=about)


def check_maxima(limits: Any) -> None:
    """Raises ValueError for the first limit above its maximum. Pure."""
    for row in dataclasses.fields(limits):
        value, maximum = getattr(limits, row.name), row.metadata.get("maximum")
        if maximum is not None and value > maximum:
            because = row.metadata["because"] and f" ({row.metadata['because']})"
            raise ValueError(f"{row.name} must be at most {maximum}{because}, not {value}")


@dataclass(frozen=True)
class CheckLimits:
    """What one file may hold. Every field is a default that a deployer or a caller may change."""

    line_bytes: int = limit(
        MIB, "longest line of a file, in bytes, without its line ending", wire="max_line_bytes"
    )
    requests: int = limit(
        50_000,
        "maximum number of requests (lines that are not blank) in a file",
        wire="max_requests",
    )
    request_urls: tuple[str, ...] = limit(
        (
            "/v1/chat/completions",
            "/v1/completions",
            "/v1/embeddings",
            "/v1/responses",
        ),
        "allowed values of a request's `url`",
        wire="request_urls",
    )
    one_model_per_file: bool = limit(
        True, "whether all requests of a file must name the same model", wire="one_model_per_file"
    )
    kept_errors: int = limit(
        100, "maximum number of errors that a report lists; all are counted", wire="kept_errors"
    )
    depth: int = limit(
        256,
        "deepest nesting of objects and arrays in a request, its own object included",
        wire="max_depth",
        maximum=DEEPEST,
        because="the JSON parsers' limit",
    )
    """A rule of ours (RFC 8259, section 9, allows one), so that the answer does not depend on a
    parser's stack: parsers give up at 64 to 1,024 levels, and requests nest about 10 deep.
    """

    def __post_init__(self) -> None:
        check_maxima(self)
        if self.depth < 1:
            raise ValueError(f"depth must be at least 1, not {self.depth}")

    @classmethod
    def of_wire(cls, shown: Mapping[str, Any]) -> "CheckLimits":
        """The rules that a service shows as `batch` in `GET /limits`; defaults for what it omits.

        A service may be newer than this client: its value is lowered to what is possible here.
        """
        values: dict[str, Any] = {}
        for row in dataclasses.fields(cls):
            if (value := shown.get(row.metadata["wire"])) is not None:
                maximum = row.metadata["maximum"]
                value = tuple(value) if isinstance(value, list) else value
                values[row.name] = value if maximum is None else min(value, maximum)
        return cls(**values)


DEFAULT_LIMITS = CheckLimits()
