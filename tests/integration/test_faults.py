"""A quick part of the fault suite, so that it cannot break unnoticed: `make faults` runs all of it.

Each call of each request and function is the last that its function made: it took effect, and
nobody was told. That is the fault after which most can go wrong.
"""

import pytest

from tests.faults.cases import Laboratory, calls_of, run
from tests.faults.conftest import lab as lab
from tests.faults.injection import Fault
from tests.faults.scenarios import SCENARIOS, Scenario

QUICK = [scenario for scenario in SCENARIOS if scenario.name != "complete, proxied parts"]
"""The one left out makes 16 calls; tests/integration/uploads stops it after each."""


@pytest.mark.parametrize("scenario", QUICK, ids=lambda scenario: scenario.name)
def test_a_function_that_ends_after_a_call_leaves_nothing_wrong(
    lab: Laboratory, scenario: Scenario
) -> None:
    for number in range(len(calls_of(lab, scenario))):
        run(lab, scenario, number, Fault.KILLED_AFTER)
