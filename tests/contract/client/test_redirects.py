"""The key stays with the service that it is for, wherever a file's content is."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from openai import AsyncOpenAI, OpenAI

import linegate
from linegate.transfer.flow import Answer
from tests.contract.client.command import Linegate
from tests.contract.client.loopback import served
from tests.unit.client.fake_service import KEY, Asked, FakeService

CONTENT = b"content\n"


@pytest.fixture
def elsewhere() -> FakeService:
    """A storage on another host, with one object that is asked for whole or by its range."""

    def answer(asked: Asked) -> Answer:
        if "range" in asked.headers:
            return Answer(206, {"etag": '"x-2"'}, CONTENT)
        return Answer(200, {"etag": '"x-2"'}, CONTENT)

    return FakeService(fault=answer)


@contextmanager
def redirecting(elsewhere: FakeService) -> Iterator[str]:
    with served(elsewhere) as other:
        service = FakeService()
        service.verdict = "processed"
        service._file("file-1", len(CONTENT), "a.jsonl", "processed")
        to = Answer(
            302, {"location": other.replace("127.0.0.1", "localhost") + "/object?signed"}, b"{}"
        )
        service.fault = lambda asked: to if asked.url.endswith("/content") else None
        with served(service) as base_url:
            yield base_url


def assert_asked_without_key(elsewhere: FakeService) -> None:
    assert elsewhere.asked
    for asked in elsewhere.asked:
        assert "authorization" not in asked.headers
        assert KEY not in str(asked.headers)


def test_the_sdk_takes_no_key_to_the_storage(elsewhere: FakeService) -> None:
    with (
        redirecting(elsewhere) as base_url,
        OpenAI(base_url=base_url, api_key=KEY, http_client=linegate.http_client()) as client,
    ):
        assert client.files.content("file-1").read() == CONTENT
    assert_asked_without_key(elsewhere)


def test_the_async_sdk_takes_no_key_to_the_storage(elsewhere: FakeService) -> None:
    async def content(base_url: str) -> bytes:
        http = linegate.async_http_client()
        async with AsyncOpenAI(base_url=base_url, api_key=KEY, http_client=http) as client:
            return (await client.files.content("file-1")).read()

    with redirecting(elsewhere) as base_url:
        assert asyncio.run(content(base_url)) == CONTENT
    assert_asked_without_key(elsewhere)


@pytest.mark.parametrize("target", ["copy", "-"])
def test_the_command_line_takes_no_key_to_the_storage(
    elsewhere: FakeService, tmp_path: Path, target: str
) -> None:
    with redirecting(elsewhere) as base_url:
        ended = Linegate(tmp_path, base_url, KEY)("get", "file-1", "-o", target)
    assert ended.returncode == 0, ended.stderr
    assert_asked_without_key(elsewhere)
