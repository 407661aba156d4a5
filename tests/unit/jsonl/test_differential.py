"""The short profile of the differential run; the full one is a command of its own."""

import pytest

from tests.unit.jsonl.differential import run

LINES_PER_SEED = 1500


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_checker_agrees_with_the_reference_on_random_bodies(seed: int) -> None:
    counts = run(LINES_PER_SEED, seed)
    assert counts.lines >= LINES_PER_SEED
    assert counts.valid_bodies > 0
    assert len(counts.errors) == 12, "every code of the table came up"
