"""A report as the table keeps it."""

from dataclasses import replace
from io import BytesIO

import pytest

from lambdas.domain.keys import FileKey
from lambdas.domain.limits import MOST_KEPT_ERRORS, Limits
from lambdas.domain.validation import Validation
from lambdas.stores.file_item import report_item, validation_of
from linegate.jsonl import LineError, Report, check
from linegate.jsonl.limits import CheckLimits

ERROR = LineError("invalid_url", 3, "url must be …", "url")
VALIDATION = Validation(Report(4, 3, 99, ("m",), 1, (ERROR,), {"invalid_url": 1}), 1_700, 12)
KEY = FileKey("acme", "01JD0000000000000000000000")


def test_a_report_is_read_as_it_was_written() -> None:
    assert validation_of(report_item(KEY, VALIDATION, 2_000)) == VALIDATION


def test_a_report_of_long_errors_keeps_the_first_and_fits_an_item() -> None:
    errors = tuple(LineError("invalid_url", n, "🙂" * 1_000, "url") for n in range(300))
    whole = replace(VALIDATION, report=replace(VALIDATION.report, errors=errors, error_count=900))
    item = report_item(KEY, whole, 2_000)
    assert len(item["report"]["S"].encode()) <= 380_000
    read = validation_of(item).report
    assert read.error_count == 900
    assert read.errors == errors[: len(read.errors)]
    assert len(read.errors) >= 75


def test_usual_reports_keep_every_error_that_the_check_kept() -> None:
    """With the most that a deployer may ask for, and names of four bytes a character."""
    line = '{"custom_id": "%s", "method": "GET", "url": "%s", "body": 1}\n'
    body = "".join(line % ("🙂" * 100, "🙂" * 200) for _ in range(300)).encode()
    report = check(BytesIO(body), "batch", CheckLimits(kept_errors=MOST_KEPT_ERRORS))
    assert len(report.errors) == MOST_KEPT_ERRORS
    item = report_item(KEY, Validation(report, 1_700, 12), 2_000)
    assert validation_of(item).report.errors == report.errors


def test_a_deployment_cannot_keep_more_errors_than_a_report_has_room_for() -> None:
    most = Limits.with_changes({"kept_errors": MOST_KEPT_ERRORS})
    assert most.check.kept_errors == MOST_KEPT_ERRORS
    with pytest.raises(ValueError, match="kept_errors must be at most 300, not 301"):
        Limits.with_changes({"kept_errors": MOST_KEPT_ERRORS + 1})
