"""The routes of the API, as one table: the gateway is built from it, and answers 404 to all else.

A trailing slash needs no route of its own. API Gateway matches `/files/` to the resource `/files`
and hands the path on as it was sent (Powertools for AWS Lambda holds this with end-to-end tests
against AWS, and its REST resolver takes both); a path part cannot even contain a slash.
"""

from typing import NamedTuple

from infra.permissions import FunctionName


class Route(NamedTuple):
    """`function` None: the gateway answers by itself. `public`: no key is needed."""

    method: str
    path: str
    function: FunctionName | None
    public: bool = False


ROUTES = (
    Route("POST", "/files", FunctionName.FILES),
    Route("GET", "/files", FunctionName.FILES),
    Route("GET", "/files/{file_id}", FunctionName.FILES),
    Route("DELETE", "/files/{file_id}", FunctionName.FILES),
    Route("GET", "/files/{file_id}/content", FunctionName.FILES),
    Route("GET", "/files/{file_id}/validation", FunctionName.FILES),
    Route("GET", "/limits", FunctionName.FILES),
    Route("POST", "/uploads", FunctionName.UPLOADS),
    Route("GET", "/uploads", FunctionName.UPLOADS),
    Route("GET", "/uploads/{upload_id}", FunctionName.UPLOADS),
    Route("POST", "/uploads/{upload_id}/parts", FunctionName.UPLOADS),
    Route("POST", "/uploads/{upload_id}/complete", FunctionName.UPLOADS),
    Route("POST", "/uploads/{upload_id}/cancel", FunctionName.UPLOADS),
    Route("GET", "/openapi.json", FunctionName.FILES, public=True),
    # Clients call this when constructed: a Lambda's cold start would delay every one of them.
    Route("GET", "/tcp_warming", None, public=True),
)

BATCH_ROUTES = (
    Route("POST", "/batches", FunctionName.BATCHES),
    Route("GET", "/batches", FunctionName.BATCHES),
    Route("GET", "/batches/{batch_id}", FunctionName.BATCHES),
    Route("POST", "/batches/{batch_id}/cancel", FunctionName.BATCHES),
)
"""Only with a model endpoint: without one these are unknown routes like any other."""


CONSOLE_ROUTES = (
    Route("GET", "/console", FunctionName.CONSOLE, public=True),
    Route("GET", "/console/{asset}", FunctionName.CONSOLE, public=True),
)
"""The page for people. It holds nothing of any account, and is no part of the API's document."""


def routes(*, with_batches: bool, with_console: bool = False) -> tuple[Route, ...]:
    """The routes of a deployment."""
    return (
        *ROUTES,
        *(BATCH_ROUTES if with_batches else ()),
        *(CONSOLE_ROUTES if with_console else ()),
    )
