"""A report as the table keeps it."""

import json

from lambdas.domain.keys import FileKey
from lambdas.domain.validation import Validation
from lambdas.stores.file_item import report_item, validation_of
from linegate.jsonl import LineError, Report

ERROR = LineError("invalid_url", 3, "url must be …", "url")
VALIDATION = Validation(Report(4, 3, 99, ("m",), 1, (ERROR,), {"invalid_url": 1}), 1_700, 12)
KEY = FileKey("acme", "01JD0000000000000000000000")


def test_a_report_is_read_as_it_was_written() -> None:
    assert validation_of(report_item(KEY, VALIDATION, 2_000)) == VALIDATION


def test_a_report_from_before_errors_were_counted_by_code_is_read() -> None:
    item = report_item(KEY, VALIDATION, 2_000)
    report = json.loads(item["report"]["S"])
    del report["error_counts"]
    read = validation_of(item | {"report": {"S": json.dumps(report)}}).report
    assert (read.error_count, read.errors, read.error_counts) == (1, (ERROR,), {})
