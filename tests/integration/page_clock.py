"""A clock for the reconciler: pages of its sweeps take time, and nothing else does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lambdas.workflows import reconciling, sweeping
from tests.integration.left_behind import LONG
from tests.integration.service import Context


@contextmanager
def pages_take(seconds: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let each page take so long, in one run of LONG milliseconds."""
    left_ms = LONG
    real = sweeping.sweep_page

    def sweep_page(*arguments: Any, **named: Any) -> Any:
        nonlocal left_ms
        left_ms -= seconds * 1_000
        return real(*arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(reconciling, "sweep_page", sweep_page)
        patch.setattr(Context, "get_remaining_time_in_millis", lambda _: left_ms)
        yield
