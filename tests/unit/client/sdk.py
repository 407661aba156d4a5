"""The openai SDK that is installed, with the drop-in, over a transport in memory."""

import asyncio
from importlib import import_module
from typing import Any

import openai

import linegate
from tests.unit.client.fake_service import BASE_URL, KEY, Asked, FakeService

HTTP: Any = import_module("httpx2" if openai.VERSION >= "3" else "httpx")
"""What the SDK is built on: these tests are run with each generation of it."""

DIRECT = 1_000
LARGE = b"x" * 2_500
SMALL = b"y" * DIRECT

CREATE = ("expires_after", "extra_headers", "timeout")
"""Options of `files.create`; all others are the drop-in's."""


class Sdk:
    """`files.create` of OpenAI or AsyncOpenAI."""

    def __init__(self, service: FakeService, asynchronous: bool) -> None:
        self._service = service
        self._async = asynchronous

    def create(self, file: Any, max_retries: int = 0, **options: Any) -> Any:
        return asyncio.run(self._create(file, max_retries, **options))

    async def _create(self, file: Any, max_retries: int, **options: Any) -> Any:
        extra = {name: options.pop(name) for name in list(options) if name in CREATE}
        transport = HTTP.MockTransport(self._handle)
        given: dict[str, Any] = {"direct_bytes": DIRECT, "transport": transport} | options
        access: dict[str, Any] = {"base_url": BASE_URL, "api_key": KEY, "max_retries": max_retries}
        if self._async:
            http = linegate.async_http_client(**given)
            async with openai.AsyncOpenAI(http_client=http, **access) as client:
                return await client.files.create(file=file, purpose="batch", **extra)
        with openai.OpenAI(http_client=linegate.http_client(**given), **access) as client:
            return client.files.create(file=file, purpose="batch", **extra)

    def _handle(self, request: Any) -> Any:
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, str(request.url), headers, request.read())
        answer = self._service.answer(asked)
        return HTTP.Response(answer.status, headers=dict(answer.headers), content=answer.content)


class AsyncSdk(Sdk):
    def _handle(self, request: Any) -> Any:
        async def handle() -> Any:
            headers = {name.lower(): value for name, value in request.headers.items()}
            asked = Asked(request.method, str(request.url), headers, await request.aread())
            answer = self._service.answer(asked)
            return HTTP.Response(
                answer.status, headers=dict(answer.headers), content=answer.content
            )

        return handle()
