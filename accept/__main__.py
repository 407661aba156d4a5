"""python -m accept: check a deployment's promises and print the table (make accept).

Without BASE_URL or STACK it checks the local stack, and starts one where none is up.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from accept.promises import Promise, promises
from accept.removing import remove_created, report_left
from accept.report import as_json, summary, table
from accept.running import PARALLEL, Outcome, Result, run
from accept.service import Service
from accept.target import NoTarget, open_service
from local.layout import DEFAULT_PORT, RUN

STATE = RUN / "accept.json"

HELD, NOT_HELD, USAGE, INTERRUPTED = 0, 1, 2, 130


def arguments() -> argparse.Namespace:
    environment = os.environ.get
    parser = argparse.ArgumentParser(
        prog="make accept", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    say = parser.add_argument
    say("--base-url", default=environment("BASE_URL"), help="of the deployment (BASE_URL=…)")
    say("--key", default=environment("KEY"), help="an API key of an account to use (KEY=…)")
    say(
        "--other-key",
        default=environment("OTHER_KEY"),
        help="an API key of a second account, to show that it sees nothing (OTHER_KEY=…)",
    )
    say(
        "--stack",
        default=environment("STACK"),
        help="name of a deployed stack: its URL is looked up, and keys of two accounts are made\n"
        "and removed again, with the environment's AWS credentials (STACK=…)",
    )
    say("--origin", default=environment("ORIGIN"), help="one of allowed_origins (ORIGIN=…)")
    say(
        "--account-rate",
        type=int,
        default=environment("ACCOUNT_RATE"),
        help="the deployment's account_rate (ACCOUNT_RATE=…)",
    )
    say(
        "--cache-s",
        type=int,
        default=environment("CACHE_S", "60"),
        help="the deployment's authorizer_cache_s (CACHE_S=…)",
    )
    say(
        "--customer-key",
        action="store_true",
        default=bool(environment("CUSTOMER_KEY")),
        help="the deployment has customer_key (CUSTOMER_KEY=yes)",
    )
    say("--port", type=int, default=DEFAULT_PORT, help="of the local stack")
    say(
        "--long",
        action="store_true",
        help="also what takes hours or days: the first run begins it, a later one with --long\n"
        "checks it",
    )
    say("--state", type=Path, default=STATE, help="where --long keeps what it waits for")
    say("--only", metavar="NAME", nargs="+", help="only rows, or groups of rows, of these names")
    say("--parallel", type=int, default=PARALLEL, help="rows at a time (default: %(default)s)")
    say("--json", type=Path, metavar="FILE", help="write the results there as well")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    started = time.time()
    try:
        with open_service(given) as service:
            print(f"Checking {service.base_url}", flush=True)
            try:
                results = run(chosen(given.only), service, _progress, given.parallel)
            finally:
                interrupted = service.stopped.is_set()
                left = _remove_created(service, started)
                service.close()
    except NoTarget as error:
        sys.stderr.write(f"linegate: {error}\n")
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    print(table(results))
    print("\n" + summary(results, time.time() - started))
    report_left(left)
    if given.json:
        given.json.write_text(as_json(results) + "\n")
    if interrupted:
        return INTERRUPTED
    broken = any(result.outcome is Outcome.NOT_HELD for result in results)
    return NOT_HELD if broken or left else HELD


def _remove_created(service: Service, started: float) -> list[str]:
    """What could not be removed. A second Ctrl-C leaves it all to its expiry."""
    try:
        return remove_created(service, started)
    except KeyboardInterrupt:
        return [f"files and uploads whose names begin with {service.run}"]


def chosen(only: list[str] | None) -> list[Promise]:
    """The rows of these names or groups. Raises NoTarget for a name that no row has."""
    rows = promises()
    if not only:
        return list(rows)
    unknown = set(only) - {row.name for row in rows} - {row.group for row in rows}
    if unknown:
        raise NoTarget(f"no row or group is named {', '.join(sorted(unknown))}")
    return [row for row in rows if row.name in only or row.group in only]


def _progress(result: Result) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"  {result.outcome.value:<14}  {result.promise.name}\n")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
