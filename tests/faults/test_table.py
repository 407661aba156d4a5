"""Every call of every request and function meets every fault, and each case ends right.

The last test holds the table in docs/operations.md to what was seen, or writes it (--write-table).
"""

import pytest

from tests.faults import table
from tests.faults.cases import Laboratory, calls_of, run
from tests.faults.injection import Fault
from tests.faults.scenarios import SCENARIOS, Scenario

found: dict[str, list[table.Row]] = {}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_fault_ends_right(lab: Laboratory, scenario: Scenario) -> None:
    rows = []
    for number, call in enumerate(calls_of(lab, scenario)):
        cells = {}
        for fault in Fault:
            try:
                cells[fault] = run(lab, scenario, number, fault)
            except BaseException as error:
                error.add_note(f"{scenario.name}, call {number}, {call}, {fault}")
                raise
        rows.append(table.row(scenario.name, call, cells))
    found[scenario.name] = rows


def test_the_table_in_the_documentation_is_current(request: pytest.FixtureRequest) -> None:
    if len(found) < len(SCENARIOS):
        pytest.skip("only a run of all scenarios in one process has the whole table")
    current = table.render(row for scenario in SCENARIOS for row in found[scenario.name])
    if request.config.getoption("--write-table"):
        table.write(current)
    assert table.documented() == current
