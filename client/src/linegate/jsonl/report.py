"""What a check found: the errors it kept, and the counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

CLIPPED_CHARS = 64
"""Longest quotation from a file inside a message or a report, in characters."""


@dataclass(frozen=True)
class LineError:
    """One error. `line` counts from 1, and None is the whole file; `param` is a field's path."""

    code: str
    line: int | None
    message: str
    param: str | None = None


@dataclass(frozen=True)
class Report:
    """The outcome of one check.

    lines: physical lines, blank ones too, up to where checking stopped.
    requests: the lines of those that are not blank, invalid ones too.
    bytes: the whole body, also where checking stopped early.
    models: the first 20 different models, in order of appearance, each clipped to 64 characters.
    error_count: every error up to where checking stopped; errors: the first of them.
    error_counts: how many of each code, in order of appearance.
    sha256: of the whole body, in hex; None where it was not asked for.
    """

    lines: int
    requests: int
    bytes: int
    models: tuple[str, ...]
    error_count: int
    errors: tuple[LineError, ...]
    error_counts: Mapping[str, int] = field(default_factory=dict)
    sha256: str | None = None

    @property
    def valid(self) -> bool:
        return self.error_count == 0


class Tally:
    """Counts every error and keeps the first ones."""

    def __init__(self, kept_errors: int) -> None:
        self._kept_errors = kept_errors
        self._errors: list[LineError] = []
        self._counts: dict[str, int] = {}
        self.error_count = 0

    def add(
        self, code: str, line: int | None, param: str | None, describe: Callable[[], str]
    ) -> None:
        """Count an error. `describe` makes its message, and is called only where it is kept."""
        self._count(code)
        if len(self._errors) < self._kept_errors:
            self._errors.append(LineError(code, line, describe(), param))

    def add_first(self, code: str, message: str) -> None:
        """Count an error of the whole file that explains the others: it goes before them."""
        self._count(code)
        self._errors.insert(0, LineError(code, None, message))
        del self._errors[self._kept_errors :]

    def _count(self, code: str) -> None:
        self.error_count += 1
        self._counts[code] = self._counts.get(code, 0) + 1

    @property
    def counts(self) -> Mapping[str, int]:
        """How many errors of each code, in order of appearance."""
        return self._counts

    @property
    def errors(self) -> tuple[LineError, ...]:
        return tuple(self._errors)


def clip(text: str) -> str:
    """`text`, or its beginning and an ellipsis: at most CLIPPED_CHARS characters."""
    return text if len(text) <= CLIPPED_CHARS else text[: CLIPPED_CHARS - 1] + "…"
