"""Batches, as the commands ask the service for them."""

import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from ...transfer.flow import Call
from ...transfer.retry import ask
from ..api_client import PAGE, TRIES, ApiClient

Batch = dict[str, Any]

ENDED = frozenset({"completed", "failed", "expired", "cancelled"})


class Batches:
    """Calls are made again where that may help. Raises Failure."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._url = client.files_url.removesuffix("/files") + "/batches"

    def create(self, fields: dict[str, Any]) -> Batch:
        """Once, however often the call is made."""
        headers = {"idempotency-key": uuid.uuid4().hex}
        return self._ask(Call("POST", self._url, fields=fields, headers=headers))

    def get(self, batch_id: str) -> Batch:
        return self._ask(Call("GET", f"{self._url}/{quote(batch_id, safe='')}"))

    def cancel(self, batch_id: str) -> Batch:
        return self._ask(Call("POST", f"{self._url}/{quote(batch_id, safe='')}/cancel", fields={}))

    def newest_first(self) -> Iterator[Batch]:
        """All of them, a page at a time."""
        after = ""
        while True:
            page = self._ask(Call("GET", f"{self._url}?limit={PAGE}{after}"))
            yield from page["data"]
            if not page["has_more"]:
                return
            after = f"&after={page['last_id']}"

    def _ask(self, call: Call) -> dict[str, Any]:
        return self._client.run(ask(call, TRIES)).json()
