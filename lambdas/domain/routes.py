"""The routes of the API, as one table: the gateway is built from it and answers 404 to all else.

The gateway, the handlers' paths, the audit and the OpenAPI document read it, and so do the tests.

A trailing slash needs no route of its own. API Gateway matches `/files/` to the resource `/files`
and hands the path on as it was sent (Powertools for AWS Lambda holds this with end-to-end tests
against AWS, and its REST resolver takes both); a path part cannot even contain a slash.
"""

from typing import NamedTuple

STAGE = "v1"
"""The first part of every path: the stage of the REST API and the base path of its domain."""


class Route(NamedTuple):
    """What one method of one path does, and who answers."""

    method: str
    path: str
    function: str | None
    """The module of lambdas/handlers that answers. None: the gateway does, by itself."""
    action: str | None = None
    """What it changes, as audit lines call it; None where it only reads."""
    public: bool = False
    """Whether it is answered without a key."""

    @property
    def name(self) -> str:
        """As settings and metrics have it: `POST /files`."""
        return f"{self.method} {self.path}"


ROUTES = (
    Route("POST", "/files", "files", "create_file"),
    Route("GET", "/files", "files"),
    Route("GET", "/files/{file_id}", "files"),
    Route("DELETE", "/files/{file_id}", "files", "delete_file"),
    Route("GET", "/files/{file_id}/content", "files"),
    Route("GET", "/files/{file_id}/validation", "files"),
    Route("GET", "/limits", "files"),
    Route("POST", "/uploads", "uploads", "create_upload"),
    Route("GET", "/uploads", "uploads"),
    Route("GET", "/uploads/{upload_id}", "uploads"),
    Route("POST", "/uploads/{upload_id}/parts", "uploads", "add_part"),
    Route("POST", "/uploads/{upload_id}/complete", "uploads", "complete_upload"),
    Route("POST", "/uploads/{upload_id}/cancel", "uploads", "cancel_upload"),
    Route("GET", "/openapi.json", "files", public=True),
    # Clients call this when constructed: a Lambda's cold start would delay every one of them.
    Route("GET", "/tcp_warming", None, public=True),
)

BATCH_ROUTES = (
    Route("POST", "/batches", "batches", "create_batch"),
    Route("GET", "/batches", "batches"),
    Route("GET", "/batches/{batch_id}", "batches"),
    Route("POST", "/batches/{batch_id}/cancel", "batches", "cancel_batch"),
)
"""Only with a model endpoint: without one these are unknown routes like any other."""

CONSOLE_ROUTES = (
    Route("GET", "/console", "console", public=True),
    Route("GET", "/console/{asset}", "console", public=True),
)
"""The page for people. It holds nothing of any account, and is no part of the API's document."""


def routes(*, with_batches: bool, with_console: bool = False) -> tuple[Route, ...]:
    """The routes of a deployment."""
    return (
        *ROUTES,
        *(BATCH_ROUTES if with_batches else ()),
        *(CONSOLE_ROUTES if with_console else ()),
    )
