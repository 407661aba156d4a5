"""A promise, what it takes to show it, and the function that does."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accept.checking import Check
    from accept.service import Service

    CheckRow = Callable[[Service, Check], str]
"""Checks a promise and returns the evidence, one line. Raises NotHeld, or whatever went wrong."""


GROUPS = {
    "files": "Files in one request",
    "uploads": "Uploads in parts",
    "lines": "The check of the lines",
    "limits": "Limits and usage",
    "errors": "Errors and request ids",
    "gateway": "The gateway and the authorizer",
    "presigned": "Presigned URLs",
    "keys": "Keys and accounts",
    "browsers": "Browsers",
    "removal": "Deletion and expiry",
    "inside": "Inside the stack",
    "long": "Hours and days",
}
"""Heading of each module of `rows`, in the order of the table."""


class Need(Enum):
    """What a row cannot do without. A deployment that lacks it reports `not shown here`."""

    AWS = "only AWS can show this: the emulator does not enforce it"
    ACCOUNT_RATE = "needs the deployment's account_rate: ACCOUNT_RATE=…"
    LONG = "takes hours or days: ARGS=--long"
    OPERATOR = "needs AWS credentials and the stack's name: STACK=…"
    ORIGIN = "needs one of the deployment's allowed_origins: ORIGIN=…"
    OTHER_ACCOUNT = "needs a key of a second account: OTHER_KEY=…, or STACK=…"
    CUSTOMER_KEY = "needs a deployment with customer_key: CUSTOMER_KEY=yes"


@dataclass(frozen=True)
class Promise:
    """One row. `alone`: no other row may run meanwhile. `slow`: started before the others."""

    name: str
    group: str
    text: str
    check: "CheckRow"
    needs: frozenset[Need]
    alone: bool
    slow: bool


_PROMISES: dict[str, Promise] = {}


def promise(
    text: str, *needs: Need, alone: bool = False, slow: bool = False
) -> "Callable[[CheckRow], CheckRow]":
    """Registers the function below as the check of `text`, in its module's group."""

    def register(check: "CheckRow") -> "CheckRow":
        name = check.__name__
        if name in _PROMISES:
            raise ValueError(f"two promises are named {name}")
        group = check.__module__.rpartition(".")[2]
        _PROMISES[name] = Promise(name, group, text, check, frozenset(needs), alone, slow)
        return check

    return register


def promises() -> tuple[Promise, ...]:
    """Every promise, in the order of the table."""
    import accept.rows  # noqa: F401  # registers them

    order = list(GROUPS)
    return tuple(sorted(_PROMISES.values(), key=lambda row: order.index(row.group)))
