"""The drop-in, under the openai SDK that is installed, over a transport in memory."""

import asyncio
import gzip
import io
import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import openai
import pytest

import linegate
from linegate.transfer import retries
from linegate.transfer.steps import Answer
from tests.unit.client.fake_service import BASE_URL, KEY, STORAGE, Asked, FakeService, refused

HTTP: Any = import_module("httpx2" if openai.VERSION >= "3" else "httpx")
"""What the SDK is built on: these tests are run with each generation of it."""

DIRECT = 1_000
LARGE = b"x" * 2_500
SMALL = b"y" * DIRECT


@pytest.fixture(autouse=True)
def _no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_DELAY_S", 0.001)


@pytest.fixture
def service() -> FakeService:
    return FakeService(part_bytes=1_000)


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


CREATE = ("expires_after", "extra_headers", "timeout")


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


@pytest.fixture(params=["sync", "async"])
def sdk(request: pytest.FixtureRequest, service: FakeService) -> Sdk:
    asynchronous = request.param == "async"
    return (AsyncSdk if asynchronous else Sdk)(service, asynchronous)


def test_a_large_file_goes_in_parts_and_is_the_sdks_own_object(
    sdk: Sdk, service: FakeService
) -> None:
    file = sdk.create(("big.jsonl", LARGE))
    assert isinstance(file, openai.types.FileObject)
    assert (file.bytes, file.filename, file.status) == (len(LARGE), "big.jsonl", "processed")
    assert service.content("upload-0") == LARGE
    assert service.counted("POST /files") == 0


@pytest.mark.parametrize("size", [0, DIRECT - 1, DIRECT])
def test_up_to_the_direct_limit_one_request_is_enough(
    sdk: Sdk, service: FakeService, size: int
) -> None:
    sdk.create(("a.jsonl", b"x" * size))
    assert service.routes == ["POST /files"]
    assert b"x" * size in service.asked[0].body


def test_above_the_direct_limit_it_is_not(sdk: Sdk, service: FakeService) -> None:
    sdk.create(("a.jsonl", b"x" * (DIRECT + 1)))
    assert service.routes[0] == "POST /uploads"


def test_a_service_with_a_lower_limit_gets_parts(sdk: Sdk, service: FakeService) -> None:
    too_large = refused(413, "request_too_large")
    service.trouble = lambda asked: too_large if asked.route == "POST /files" else None
    assert sdk.create(("a.jsonl", SMALL)).status == "processed"
    assert service.routes[:2] == ["POST /files", "POST /uploads"]
    assert service.content("upload-0") == SMALL


def test_the_storage_sees_neither_the_key_nor_any_header_of_the_client(
    sdk: Sdk, service: FakeService
) -> None:
    sdk.create(("a.jsonl", LARGE), headers={"x-private": "1"})
    puts = [asked for asked in service.asked if asked.url.startswith(STORAGE)]
    assert len(puts) == 3
    for asked in puts:
        assert set(asked.headers) <= {"host", "content-length"}
        assert int(asked.headers["content-length"]) == len(asked.body)


def test_every_request_to_the_service_carries_the_key(sdk: Sdk, service: FakeService) -> None:
    sdk.create(("a.jsonl", LARGE), extra_headers={"x-mine": "1"})
    for asked in service.asked:
        if asked.url.startswith(BASE_URL):
            assert asked.headers["authorization"] == f"Bearer {KEY}"
            assert asked.headers["x-mine"] == "1"
            assert asked.headers.get("content-type") in (None, "application/json")


def test_expiry_and_name_arrive(sdk: Sdk, service: FakeService) -> None:
    expiry: Any = {"anchor": "created_at", "seconds": 3_600}
    sdk.create(('Anfragen "für" 日本.jsonl', LARGE), expires_after=expiry)
    fields = service.asked[0].json()
    assert fields["filename"] == 'Anfragen "für" 日本.jsonl'
    assert fields["expires_after"] == expiry


def test_an_open_file_is_read_from_its_start_and_keeps_its_name(
    sdk: Sdk, service: FakeService, tmp_path: Path
) -> None:
    path = tmp_path / "requests.jsonl"
    path.write_bytes(LARGE)
    with path.open("rb") as file:
        file.read(700)
        created = sdk.create(file)
    assert created.filename == "requests.jsonl"
    assert service.content("upload-0") == LARGE


def in_memory(folder: Path) -> BinaryIO:
    return io.BytesIO(LARGE)


def on_disk(folder: Path) -> BinaryIO:
    (folder / "f").write_bytes(LARGE)
    return (folder / "f").open("rb")


def unbuffered(folder: Path) -> Any:
    (folder / "f").write_bytes(LARGE)
    return (folder / "f").open("rb", buffering=0)


def compressed(folder: Path) -> Any:
    (folder / "f").write_bytes(gzip.compress(LARGE))
    return gzip.open(folder / "f", "rb")


def spooled(folder: Path) -> Any:
    file = tempfile.SpooledTemporaryFile()  # noqa: SIM115  # closed by the test
    file.write(LARGE)
    return file


def temporary(folder: Path) -> Any:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the test
    file.write(LARGE)
    file.flush()
    return file


def pipe(folder: Path) -> BinaryIO:
    reader, writer = os.pipe()
    os.write(writer, LARGE)
    os.close(writer)
    return os.fdopen(reader, "rb")


@pytest.mark.parametrize(
    "opened", [in_memory, on_disk, unbuffered, compressed, spooled, temporary, pipe]
)
def test_every_kind_of_file_arrives_whole(
    sdk: Sdk, service: FakeService, tmp_path: Path, opened: Any
) -> None:
    with opened(tmp_path) as file:
        if not isinstance(file, io.IOBase):
            pytest.skip("the SDK takes it from Python 3.11 on")
        sdk.create(("a.jsonl", file))
    assert service.content("upload-0") == LARGE


def test_a_short_pipe_goes_in_one_request(sdk: Sdk, service: FakeService) -> None:
    reader, writer = os.pipe()
    os.write(writer, SMALL)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        sdk.create(("a.jsonl", file))
    assert service.routes == ["POST /files"]
    assert SMALL in service.asked[0].body
    assert b'filename="a.jsonl"' in service.asked[0].body
    assert b"batch" in service.asked[0].body


def test_a_retry_of_the_sdk_sends_only_what_is_missing(sdk: Sdk, service: FakeService) -> None:
    tries = iter(range(99))

    def trouble(asked: Asked) -> Exception | None:
        failing = asked.route == "PUT part 2" and next(tries) < retries.TRIES
        return HTTP.ConnectError("gone") if failing else None

    service.trouble = trouble
    assert sdk.create(("a.jsonl", LARGE), max_retries=1).status == "processed"
    assert service.counted("POST /uploads") == 1
    assert service.counted("PUT part 1") == 1
    assert service.content("upload-0") == LARGE


def test_a_lost_connection_is_the_sdks_own_error(sdk: Sdk, service: FakeService) -> None:
    service.trouble = lambda _: HTTP.ConnectError("refused")
    with pytest.raises(openai.APIConnectionError):
        sdk.create(("a.jsonl", LARGE))
    assert service.routes == ["POST /uploads"]


def test_a_wrong_key_is_the_sdks_own_error(sdk: Sdk, service: FakeService) -> None:
    service.trouble = lambda _: refused(401, "invalid_api_key")
    with pytest.raises(openai.AuthenticationError) as error:
        sdk.create(("a.jsonl", LARGE))
    assert error.value.code == "invalid_api_key"


def test_invalid_lines_are_the_same_error_as_in_one_request(sdk: Sdk, service: FakeService) -> None:
    line = {"code": "invalid_url", "line": 3, "message": "No.", "param": "url"}
    service.verdict, service.errors = "error", [line]
    with pytest.raises(openai.BadRequestError) as error:
        sdk.create(("a.jsonl", LARGE))
    assert (error.value.code, error.value.param) == ("invalid_url", "url")
    assert isinstance(error.value.body, dict)
    assert error.value.body["errors"]["data"] == [line]


def test_a_refusing_storage_is_an_error_that_says_what_to_do(
    sdk: Sdk, service: FakeService
) -> None:
    denied = Answer(403, {}, b"<Code>AccessDenied</Code>")
    service.trouble = lambda asked: denied if asked.url.startswith(STORAGE) else None
    with pytest.raises(openai.InternalServerError, match=r"AccessDenied.*upload the file again"):
        sdk.create(("a.jsonl", LARGE))


def test_progress_is_told(sdk: Sdk) -> None:
    seen: list[linegate.Progress] = []
    sdk.create(("a.jsonl", LARGE), progress=seen.append)
    assert seen[-1] == linegate.Progress("a.jsonl", len(LARGE), len(LARGE))


def test_no_wait_returns_the_uploaded_file(sdk: Sdk) -> None:
    assert sdk.create(("a.jsonl", LARGE), wait_s=0).status == "uploaded"


def test_all_else_passes_through_as_it_came() -> None:
    passed_through: list[Any] = []

    def handle(request: Any) -> Any:
        passed_through.append(request)
        return HTTP.Response(200, json={"id": "x", "object": "list", "data": []})

    http = linegate.http_client(transport=HTTP.MockTransport(handle))
    with openai.OpenAI(base_url=BASE_URL, api_key=KEY, http_client=http) as client:
        client.models.list()
        client.uploads.parts.create("upload-1", data=b"z" * (5 << 20))
        client.post("/audio", files={"file": b"z" * (5 << 20)}, cast_to=object)
    sent = [request.url.path for request in passed_through]
    assert sent == ["/v1/models", "/v1/uploads/upload-1/parts", "/v1/audio"]


def test_the_client_has_the_sdks_own_defaults() -> None:
    ours, theirs = linegate.http_client(), openai.DefaultHttpxClient()
    assert isinstance(ours, HTTP.Client)
    assert (ours.timeout, ours.follow_redirects) == (theirs.timeout, True)
