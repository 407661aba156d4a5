"""The model endpoint: the deployer's, never a client's. One POST for each attempt.

A client chooses the path only among the deployment's request URLs. The key travels in one header,
to this one host: redirects are not followed, and nothing here logs a header, a body or an address.
"""

from time import monotonic
from typing import TYPE_CHECKING

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from lambdas.domain.batch_results import Answer, Failure, json_object, refusal_object
from lambdas.domain.sending import Attempt, parse_retry_after

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

CONNECT_TIMEOUT_S = 10.0
READ_BYTES = 64 << 10

VERSION_PREFIX = "/v1"
"""Request URLs begin with it, and so does what follows the host in the endpoint's base URL."""


class _TooLongError(Exception):
    pass


class _TooLateError(Exception):
    pass


class ModelEndpoint:
    """Sends requests over up to `connections` kept connections; threads may share it."""

    def __init__(
        self,
        base_url: str,
        key: str | None,
        timeout_s: float,
        most_bytes: int,
        depth: int,
        connections: int,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._timeout_s = timeout_s
        self._most_bytes = most_bytes
        self._depth = depth
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=connections,
            retries=False,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=timeout_s),
        )

    def send(self, url: str, body: bytes, request_id: str) -> Attempt:
        """One attempt, at most about the endpoint's time-out long. Raises nothing of its own."""
        started = monotonic()
        try:
            response = self._pool.urlopen(
                "POST",
                self._base_url + url.removeprefix(VERSION_PREFIX),
                body=body,
                headers={**self._headers, "Idempotency-Key": request_id},
                redirect=False,
                preload_content=False,
            )
            try:
                return self._read(response, started)
            except BaseException:
                response.close()
                raise
        except (NewConnectionError, ConnectTimeoutError, SSLError):
            return Attempt(failure=Failure.ENDPOINT_UNAVAILABLE, unreachable=True)
        except (ReadTimeoutError, _TooLateError):
            return Attempt(failure=Failure.REQUEST_TIMEOUT)
        except _TooLongError:
            return Attempt(failure=Failure.RESPONSE_TOO_LARGE)
        except (HTTPError, OSError):
            return Attempt(failure=Failure.ENDPOINT_UNAVAILABLE)

    def _read(self, response: "BaseHTTPResponse", started: float) -> Attempt:
        content = bytearray()
        for piece in response.stream(READ_BYTES):
            content += piece
            if len(content) > self._most_bytes:
                raise _TooLongError
            if monotonic() - started > self._timeout_s:
                raise _TooLateError
        response.release_conn()
        headers = response.headers
        body = json_object(bytes(content), self._depth)
        if body is None:
            if 200 <= response.status < 300:
                return Attempt(failure=Failure.INVALID_RESPONSE)
            body = refusal_object(bytes(content))
        return Attempt(
            Answer(response.status, headers.get("x-request-id"), body),
            retry_after_s=parse_retry_after(
                headers.get("retry-after-ms"), headers.get("retry-after")
            ),
        )
