# ruff: noqa: T201  # it is run by a person
"""How a fuzzer is run: rounds of generated inputs, each with a seed of its own, for some minutes.

python -m tests.unit.form_fuzz [MINUTES]
"""

import sys
import time
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings

DEFAULT_MINUTES = 3


def examples(count: int) -> settings:
    """So many inputs, however slow or odd; the one that fails is shrunk, and none is kept."""
    return settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.target, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


def fuzz(
    one_round: Callable[[int], None], failure: type[Exception], inputs_per_round: int, inputs: str
) -> int:
    """Call one_round with seed after seed, for the minutes that the command line says.

    Prints what was found, and returns the exit status: 1 where a round raised the failure. inputs
    is what people call them, in the plural.
    """
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_MINUTES
    first = time.time_ns() % 1_000_000_000
    rounds = 0
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        try:
            one_round(first + rounds)
        except failure as found:
            print(f"round {first + rounds}, {failure.__name__}: {found}")
            return 1
        rounds += 1
    print(f"{rounds * inputs_per_round:,} {inputs} in {minutes:g} minutes, and nothing found")
    return 0
