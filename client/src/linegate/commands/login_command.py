"""`linegate login`: keep base URL and key, once the service has taken them."""

import sys

from .account import Account, account, forget, normal_url, store
from .failures import DONE, Failure, LocalFailure
from .service import Service
from .terminal import printable


def login(base_url: str | None) -> int:
    """Ask for what is not given: the key is typed unseen, or read from standard input."""
    import typer

    url = normal_url(base_url or asked("Base URL (https://…/v1)"))
    if sys.stdin.isatty():
        key = str(typer.prompt("API key", hide_input=True, err=True))
    else:
        key = sys.stdin.readline()
    if not (key := key.strip()):
        raise LocalFailure("No API key was given. Pass it on standard input.")
    given = Account(url, key)
    Service(given, parallel=1).ask("GET", "?limit=1")
    path = store(given)
    print(f"Logged in to {printable(url)}. Kept in {path}, which only you can read.")
    return DONE


def logout() -> int:
    print("Logged out." if forget() else "Nobody was logged in.")
    return DONE


def asked(question: str) -> str:
    import typer

    if not sys.stdin.isatty():
        raise LocalFailure("Name the service: linegate login --base-url https://…/v1")
    try:
        default = account().base_url
    except Failure:
        default = None
    return str(typer.prompt(question, default=default, err=True))
