"""What is logged of a request: its outcome and, where it was to change something, one audit line.

Only ids, and those only where they are well formed: what a client calls an id may be a file's name
or a key. A file's name is logged where the deployer asks for it, and only in the audit line.
"""

from typing import Any

from lambdas import settings
from lambdas.domain.ids import (
    BATCH_ID_PREFIX,
    FILE_ID_PREFIX,
    UPLOAD_ID_PREFIX,
    file_id,
    parse_id,
)
from lambdas.domain.routes import STAGE, routes
from lambdas.observability import logger

Event = dict[str, Any]

ACTIONS = {
    (route.method, route.path): route.action for route in routes(with_batches=True) if route.action
}
"""What each route changes. The keys are the operator's to change, and in the keys table."""

_HIDDEN = "…"
_PREFIXES = (FILE_ID_PREFIX, UPLOAD_ID_PREFIX, BATCH_ID_PREFIX)


def name_file(filename: str) -> None:
    """Let the audit line carry the name, if the deployment wants it."""
    if settings.audits_filenames():
        logger.append_keys(filename=filename)


def mark_replayed() -> None:
    """Nothing was changed: an earlier request's answer was given again."""
    logger.append_keys(outcome="repeated")


def mark_refused(code: str) -> None:
    """Add the error's code to everything that is logged about the request."""
    logger.append_keys(code=code)


def log_outcome(event: Event, status: int, duration_ms: int) -> None:
    """The request's lines. What the route appended to the logger's keys is on them."""
    authorizer = event["requestContext"].get("authorizer") or {}
    account, key_id = authorizer.get("account"), authorizer.get("key_id")
    route = event.get("resource")
    keys = logger.get_current_keys()
    action = ACTIONS.get((event["httpMethod"], route or ""))
    if action is not None:
        upload = parse_id(keys.get("upload_id", ""), UPLOAD_ID_PREFIX)
        logger.info(
            "audit",
            account=account,
            key_id=key_id,
            action=action,
            route=f"{event['httpMethod']} {route}",
            file_id=keys.get("file_id") or (file_id(upload) if upload else None),
            outcome=keys.get("outcome") or _outcome(status),
        )
    logger.remove_keys(["filename", "outcome"])
    logger.info(
        "request",
        account=account,
        key_id=key_id,
        method=event["httpMethod"],
        route=route,
        path=shown_path(event["path"], route or ""),
        status=status,
        duration_ms=duration_ms,
    )


def shown_path(path: str, route: str) -> str:
    """The path without what is neither of the route's own words nor an id of ours. Pure."""
    words = {STAGE, *route.split("/")}
    return "/".join(part if part in words or _is_id(part) else _HIDDEN for part in path.split("/"))


def _is_id(text: str) -> bool:
    return any(parse_id(text, prefix) for prefix in _PREFIXES)


def _outcome(status: int) -> str:
    if status < 400:
        return "done"
    return "refused" if status < 500 else "failed"
