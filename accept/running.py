"""Runs the rows against a service and says of each what became of it."""

import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum

from accept.checking import Check, NotHeld, shown
from accept.promises import Promise
from accept.service import Interrupted, Service
from accept.waiting import NotYet

PARALLEL = 4


class Outcome(Enum):
    HELD = "held"
    NOT_HELD = "NOT HELD"
    NOT_SHOWN = "not shown here"


@dataclass(frozen=True)
class Result:
    promise: Promise
    outcome: Outcome
    evidence: str
    seconds: float = 0.0


Tell = Callable[[Result], None]


def run(
    rows: Sequence[Promise],
    service: Service,
    tell: Tell = lambda _: None,
    parallel: int = PARALLEL,
) -> list[Result]:
    """A result for each row, in their order. After an interrupt, those that were not run say so."""
    results: dict[str, Result] = {}

    def note(result: Result) -> None:
        results[result.promise.name] = result
        tell(result)

    beside = sorted((row for row in rows if not row.alone), key=lambda row: not row.slow)
    try:
        _beside_each_other(beside, service, note, parallel)
        for row in rows:
            if row.alone:
                note(check_row(row, service))
    except KeyboardInterrupt:
        service.stopped.set()
    missing = [row for row in rows if row.name not in results]
    for row in missing:
        results[row.name] = Result(row, Outcome.NOT_SHOWN, "interrupted")
    return [results[row.name] for row in rows]


def _beside_each_other(
    rows: Collection[Promise], service: Service, note: Tell, parallel: int
) -> None:
    def propagate(future: Future[Result]) -> None:
        if not future.cancelled():
            note(future.result())

    pool = ThreadPoolExecutor(parallel)
    try:
        futures = [pool.submit(check_row, row, service) for row in rows]
        for future in futures:
            future.add_done_callback(propagate)
        for future in futures:
            future.result()
    except KeyboardInterrupt:
        service.stopped.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def check_row(row: Promise, service: Service) -> Result:
    """What became of one row. Whatever goes wrong in it, it does not hold."""
    if lacking := sorted(row.needs & service.lacks, key=lambda need: need.name):
        return Result(row, Outcome.NOT_SHOWN, "; ".join(need.value for need in lacking))
    check, started = Check(), time.monotonic()

    def conclude(outcome: Outcome, evidence: str) -> Result:
        return Result(row, outcome, shown(evidence), time.monotonic() - started)

    try:
        evidence = row.check(service, check)
    except NotHeld as error:
        return conclude(Outcome.NOT_HELD, str(error))
    except Interrupted:
        return conclude(Outcome.NOT_SHOWN, "interrupted")
    except NotYet as error:
        return conclude(Outcome.NOT_SHOWN, str(error))
    except Exception as error:  # noqa: BLE001  # a client that fails is a promise that is broken
        return conclude(Outcome.NOT_HELD, f"{type(error).__name__}: {error}")
    if not check.made:
        return conclude(Outcome.NOT_HELD, "the row checked nothing")
    return conclude(Outcome.HELD, evidence)
