"""The table of a batch's states."""

import pytest

from lambdas.domain.batch import ENDED, TRANSITIONS, BatchStatus, batch_states_before
from lambdas.domain.limits import Limits, window_s


def test_the_table_is_the_contracts() -> None:
    assert {state.value: {s.value for s in after} for state, after in TRANSITIONS.items()} == {
        "validating": {"in_progress", "failed", "cancelling", "expired"},
        "in_progress": {"finalizing", "cancelling", "expired"},
        "cancelling": {"cancelled"},
        "finalizing": {"completed", "failed"},
        "completed": set(),
        "failed": set(),
        "expired": set(),
        "cancelled": set(),
    }


def test_nothing_follows_an_end() -> None:
    assert {s.value for s in ENDED} == {"completed", "failed", "expired", "cancelled"}


def test_states_before_are_the_table_read_backwards() -> None:
    for state in BatchStatus:
        assert batch_states_before(state) == {
            s for s, after in TRANSITIONS.items() if state in after
        }


@pytest.mark.parametrize(("window", "seconds"), [("1h", 3_600), ("24h", 86_400), ("168h", 604_800)])
def test_windows_in_seconds(window: str, seconds: int) -> None:
    assert window_s(window) == seconds


@pytest.mark.parametrize("window", ["0h", "169h", "24", "24H", "01h", "1d", "", "24h "])
def test_what_is_no_window(window: str) -> None:
    with pytest.raises(ValueError, match="'1h' to '168h'"):
        Limits(completion_windows=(window,))
