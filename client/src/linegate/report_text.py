"""A report in words for people, and in JSON for programs. Pure."""

from typing import Any

from .jsonl import LineError, Report


def as_json(name: str, report: Report) -> dict[str, Any]:
    """The report as the service gives it out, with the file's name in place of its id."""
    errors = [
        {"code": error.code, "line": error.line, "message": error.message, "param": error.param}
        for error in report.errors
    ]
    return {
        "object": "file.validation",
        "file": name,
        "valid": report.valid,
        "lines": report.lines,
        "requests": report.requests,
        "bytes": report.bytes,
        "models": list(report.models),
        "error_count": report.error_count,
        "errors": {"object": "list", "data": errors},
    }


def as_text(name: str, report: Report) -> str:
    """One line that sums up, one for each error that was kept, and what the others are."""
    requests = counted(report.requests, "request")
    if report.valid:
        models = "".join(f", {ascii(model)[1:-1]}" for model in report.models)
        return f"{name}: valid, {requests}, {report.bytes:,} bytes{models}"
    lines = [f"{name}: {counted(report.error_count, 'error')} in {requests}"]
    places = [place(error) for error in report.errors]
    width = max(map(len, places), default=0)
    for where, error in zip(places, report.errors, strict=True):
        lines.append(f"  {where:{width}}  {error.code}: {error.message}")
    if unlisted := report.error_count - len(report.errors):
        by_code = ", ".join(f"{count:,} {code}" for code, count in report.error_counts.items())
        lines.append(f"  and {counted(unlisted, 'more error')}; in all {by_code}")
    return "\n".join(lines)


def place(error: LineError) -> str:
    return "whole file" if error.line is None else f"line {error.line:,}"


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
