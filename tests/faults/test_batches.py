"""Each call to AWS of each step of a batch meets each fault: every request is answered once."""

import pytest

from tests.faults.injection import Fault
from tests.integration.batches.conftest import clock, endpoint, world  # noqa: F401
from tests.integration.batches.disturbed import STEPS, each_call_lets_in_another, each_call_meets
from tests.integration.batches.world import World
from tests.integration.conftest import aws, service  # noqa: F401

FAULTS = (
    Fault.TWICE,
    Fault.LOST_ONCE,
    Fault.THROTTLED,
    Fault.FAILED,
    Fault.LOST,
    Fault.KILLED_BEFORE,
    Fault.KILLED_AFTER,
    Fault.DOWN,
)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_costs_time_and_no_request(
    world: World,  # noqa: F811
    step: str,
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    each_call_meets(world, step, fault, monkeypatch)


@pytest.mark.parametrize("step", STEPS)
def test_a_message_that_comes_twice_at_a_time_counts_once(
    world: World,  # noqa: F811
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    each_call_lets_in_another(world, step, monkeypatch)
