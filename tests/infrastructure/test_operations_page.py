"""docs/operations.md against the code and the stack: what it names and counts is what there is."""

import re

from infra.alarms import ALARMS
from infra.functions import LAMBDA_MAX_TIMEOUT_S
from lambdas.handlers.messages import wait_s
from lambdas.workflows.findings import Kind, Sweep
from lambdas.workflows.reconciling import EVERY_S
from lambdas.workflows.sweeping import SAFE_AGE_S, SURPLUS
from local.layout import ROOT
from tests.infrastructure.template import Template

PAGE = (ROOT / "docs" / "operations.md").read_text()


def test_the_commands_ask_for_outputs_that_the_stack_has(template: Template) -> None:
    asked = set(re.findall(r"\$\(output (\w+)\)", PAGE)) | set(re.findall(r"`(\w+QueueUrl)`", PAGE))
    assert asked == {
        "DeadLetterQueueUrl",
        "ReaperDeadLetterQueueUrl",
        "ReconcilerFunction",
    }
    assert asked <= set(template.body["Outputs"])


def test_the_findings_are_those_that_the_reconciler_writes() -> None:
    watched = {row.metric.name for row in ALARMS if row.metric.name.startswith("Found")}
    assert watched
    assert watched <= {f"Found{kind.value}" for kind in Kind}


def test_the_numbers_are_the_codes() -> None:
    words = " ".join(PAGE.split())
    assert [wait_s(receives) for receives in range(1, 5)] == [15, 60, 240, 960]
    assert "after 15 s, a minute, 4 and 16 minutes" in words
    assert f"older than {SAFE_AGE_S // 3_600} hours" in words
    assert f"more than {SURPLUS} objects" in words
    assert f"its {LAMBDA_MAX_TIMEOUT_S // 60} minutes" in words
    assert (
        dict.fromkeys(Sweep, 24 * 3_600)
        | {
            Sweep.UNCHECKED: 0,
            Sweep.USAGE: 11 * 3_600,
        }
        == EVERY_S
    )
    assert "every run for unchecked files, every 11 hours for usage, every 24 hours" in words
