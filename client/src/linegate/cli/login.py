"""`linegate login`: keep base URL and key, once the service has accepted them."""

import sys

from .api_client import ApiClient
from .credentials import Account, forget, load_account, normalize_url, store
from .errors import DONE, Failure, LocalFailure
from .terminal import printable, write


def login(base_url: str | None) -> int:
    """Ask for what is not given: the key is typed unseen, or read from standard input."""
    import typer

    url = normalize_url(base_url or ask_for("Base URL (https://…/v1)"))
    if sys.stdin.isatty():
        key = str(typer.prompt("API key", hide_input=True, err=True))
    else:
        key = sys.stdin.readline()
    if not (key := key.strip()):
        raise LocalFailure("No API key was given. Pass it on standard input.")
    given = Account(url, key)
    ApiClient(given, parallel=1).ask("GET", "?limit=1")
    path = store(given)
    write(f"Logged in to {printable(url)}. Stored in {path}, which only you can read.")
    return DONE


def logout() -> int:
    print("Logged out." if forget() else "Nobody was logged in.")
    return DONE


def ask_for(question: str) -> str:
    import typer

    if not sys.stdin.isatty():
        raise LocalFailure("Name the service: linegate login --base-url https://…/v1")
    try:
        default = load_account().base_url
    except Failure:
        default = None
    return str(typer.prompt(question, default=default, err=True))
