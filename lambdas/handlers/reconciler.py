"""Find, report and, where that is safe, repair what failed for longer than it was retried.

The schedule sends {"scheduled": true}: it repairs and remembers where it was. An operator sends {}
for a dry run or {"repair": true}. If the response has a `position`, the run ended early: invoke it
again with that position to resume. See docs/operations.md.
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from lambdas.handlers.clock import now_ms
from lambdas.observability import log_invocation, logger, metrics
from lambdas.workflows.findings import Finding, Kind, Page, Sweep
from lambdas.workflows.reconciling import Position, walk, walk_scheduled
from lambdas.workflows.sweeping import TooMuchWithoutRecord

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]

SHOWN = 100
"""Findings in an answer; the log has all of them."""


class FindingsReport:
    """The findings of a run: each is logged when it comes, and only counts and the first stay."""

    def __init__(self) -> None:
        self.examined = 0
        self.counts: Counter[Kind] = Counter()
        self.first: list[Finding] = []

    def add(self, page: Page) -> None:
        self.examined += page.examined
        for finding in page.findings:
            self.counts[finding.kind] += 1
            if len(self.first) < SHOWN:
                self.first.append(finding)
            serious = finding.kind in (Kind.FILE_WITHOUT_BYTES, Kind.NOT_A_FILE)
            (logger.error if serious else logger.info)("found", **finding._asdict())

    def answer(self, position: Position | None) -> Event:
        return {
            "examined": self.examined,
            "found": dict(self.counts),
            "first": [finding._asdict() for finding in self.first],
            "position": position,
        }


@log_invocation
@metrics.log_metrics
def handler(event: Event, context: "LambdaContext") -> Event:
    report = FindingsReport()
    try:
        if event.get("scheduled"):
            for page in walk_scheduled(now_ms, context.get_remaining_time_in_millis):
                report.add(page)
            return report.answer(None)
        return _operators_run(event, context, report)
    except TooMuchWithoutRecord:
        logger.error("stopped: too much without a record, is this the right table?")
        metrics.add_metric("ReconcilerStopped", MetricUnit.Count, 1)
        return report.answer(None) | {"stopped": "too much without a record"}
    finally:
        _count(report)


def _operators_run(event: Event, context: "LambdaContext", report: FindingsReport) -> Event:
    asked = event.get("position") or [Sweep.UNCHECKED, None]
    position: Position | None = Position(Sweep(asked[0]), asked[1])
    for page, after in walk(
        position,
        tuple(Sweep),
        now_ms,
        context.get_remaining_time_in_millis,
        repair=event.get("repair") is True,
    ):
        report.add(page)
        position = after
    return report.answer(position)


def _count(report: FindingsReport) -> None:
    """Only what was found: CloudWatch bills a custom metric for each hour in which it is written.

    That the reconciler runs at all shows in Lambda's own `Invocations`, which are free.
    """
    for kind, count in report.counts.items():
        metrics.add_metric(f"Found{kind.value}", MetricUnit.Count, count)
