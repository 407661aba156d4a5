"""`/console`: the page for people, from the files that the bundle brings.

Without Powertools and botocore, because a page is opened rarely, and so by a cold start.
"""

import base64
import functools
import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambdas import settings
from lambdas.domain.console_page import INDEX, Answered, Asset, answer
from lambdas.domain.errors import RouteNotFound
from lambdas.domain.headers import ALWAYS_SENT

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

FOLDER = Path(__file__).parents[2] / "page"
"""Where infra/console.py puts what it builds from console/: `<name>.gz` for each file."""


def handler(event: dict[str, Any], _: "LambdaContext") -> dict[str, Any]:
    name = (event.get("pathParameters") or {}).get("asset")
    if name is None and event["path"].endswith("/"):  # the page names its files beside itself
        answered = Answered(302, {**ALWAYS_SENT, "Location": "../console"}, b"")
    elif (asset := assets().get(name or INDEX)) is None:
        body = json.dumps(RouteNotFound().body()).encode()
        answered = Answered(404, {**ALWAYS_SENT, "Content-Type": "application/json"}, body)
    else:
        sent = {key.lower(): value for key, value in (event.get("headers") or {}).items()}
        answered = answer(name or INDEX, asset, sent, settings.storage_origin())
    return {
        "statusCode": answered.status,
        "headers": {**answered.headers, "x-request-id": event["requestContext"]["requestId"]},
        "body": base64.b64encode(answered.body).decode(),
        "isBase64Encoded": True,
    }


@functools.cache
def assets() -> dict[str, Asset]:
    """The files by the names that the page has for them."""
    return {
        path.name.removesuffix(".gz"): Asset.of(path.name.removesuffix(".gz"), path.read_bytes())
        for path in sorted(FOLDER.glob("*.gz"))
    }


gc.freeze()
gc.enable()  # lambdas/handlers/__init__.py
