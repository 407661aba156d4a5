"""The one clock of the functions; everything below them takes the time as an argument."""

import time


def now_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000
