"""The limits of the line check. Standard library only: the stack is built from them too."""

from dataclasses import dataclass

MIB = 1 << 20

DEEPEST = 512
"""The highest limit on depth: Python's own parsers fail near 1,000, less their callers' depth."""


@dataclass(frozen=True)
class CheckLimits:
    """What one file may hold. Every field is a default that a deployer or a caller may change."""

    line_bytes: int = MIB
    """Longest line, in bytes, its line ending not counted."""

    requests: int = 50_000
    """Most lines that are not blank."""

    request_urls: tuple[str, ...] = (
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/embeddings",
        "/v1/responses",
    )

    one_model_per_file: bool = True

    kept_errors: int = 100
    """Errors that are listed; the rest are only counted."""

    depth: int = 256
    """Deepest nesting of objects and arrays, the line's own object included.

    A rule of ours (RFC 8259, section 9, allows one), so that the answer does not depend on a
    parser's stack: parsers give up at 64 to 1,024 levels, and requests nest about 10 deep.
    """

    def __post_init__(self) -> None:
        if not 1 <= self.depth <= DEEPEST:
            raise ValueError(f"depth must be 1 to {DEEPEST}, not {self.depth}")


DEFAULT_LIMITS = CheckLimits()
