"""The outcome of a check as it is kept and shown, and what it makes of the file. Pure."""

from dataclasses import dataclass

from lambdas.domain.errors import InvalidLines
from lambdas.domain.file import Status
from linegate.jsonl import Report


@dataclass(frozen=True, slots=True)
class Validation:
    """A checker's report, with when it was made (Unix seconds) and what it took (milliseconds)."""

    report: Report
    checked_at: int
    duration_ms: int

    @property
    def status(self) -> Status:
        return Status.PROCESSED if self.report.valid else Status.ERROR

    @property
    def status_details(self) -> str | None:
        """One line for people; None for a valid file."""
        return None if self.report.valid else summarize(self.report)

    def require_valid(self) -> None:
        """Raises InvalidLines, which carries the report's errors."""
        if not self.report.valid:
            raise InvalidLines(summarize(self.report), self.report.error_count, self.report.errors)


def summarize(report: Report) -> str:
    """How many errors, and the first of them with its line: `2 errors. Line 7: …`."""
    first = report.errors[0]
    where = "" if first.line is None else f"Line {first.line}: "
    count = "1 error" if report.error_count == 1 else f"{report.error_count} errors"
    return f"{count}. {where}{first.message}"
