"""The drop-in, under the openai SDK that is installed: what goes where, and what comes back."""

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import openai
import pytest

import linegate
from linegate.transfer import retry
from linegate.transfer.flow import Answer
from tests.unit.client.fake_service import BASE_URL, KEY, STORAGE, Asked, FakeService, refused
from tests.unit.client.sdk import DIRECT, HTTP, LARGE, SMALL, AsyncSdk, Sdk


def test_a_large_file_goes_in_parts_and_is_the_sdks_own_object(
    sdk: Sdk, service: FakeService
) -> None:
    file = sdk.create(("big.jsonl", LARGE))
    assert isinstance(file, openai.types.FileObject)
    assert (file.bytes, file.filename, file.status) == (len(LARGE), "big.jsonl", "processed")
    assert service.content("upload-0") == LARGE
    assert service.count("POST /files") == 0


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
    service.fault = lambda asked: too_large if asked.route == "POST /files" else None
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


def test_a_retry_of_the_sdk_sends_only_what_is_missing(sdk: Sdk, service: FakeService) -> None:
    tries = iter(range(99))

    def fault(asked: Asked) -> Exception | None:
        failing = asked.route == "PUT part 2" and next(tries) < retry.TRIES
        return HTTP.ConnectError("gone") if failing else None

    service.fault = fault
    assert sdk.create(("a.jsonl", LARGE), max_retries=1).status == "processed"
    assert service.count("POST /uploads") == 1
    assert service.count("PUT part 1") == 1
    assert service.content("upload-0") == LARGE


def test_a_lost_connection_is_the_sdks_own_error(sdk: Sdk, service: FakeService) -> None:
    service.fault = lambda _: HTTP.ConnectError("refused")
    with pytest.raises(openai.APIConnectionError):
        sdk.create(("a.jsonl", LARGE))
    assert service.routes == ["POST /uploads"]


def test_a_wrong_key_is_the_sdks_own_error(sdk: Sdk, service: FakeService) -> None:
    service.fault = lambda _: refused(401, "invalid_api_key")
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
    service.fault = lambda asked: denied if asked.url.startswith(STORAGE) else None
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


def test_two_overlapping_calls_for_the_same_file_share_one_upload(service: FakeService) -> None:
    together = threading.Barrier(2)

    def fault(asked: Asked) -> None:
        if asked.route == "PUT part 1":
            with contextlib.suppress(threading.BrokenBarrierError):
                together.wait(0.5)  # time for another upload to begin, were there one

    service.fault = fault
    transport = HTTP.MockTransport(Sdk(service, asynchronous=False)._handle)
    http = linegate.http_client(direct_bytes=DIRECT, transport=transport)
    with (
        openai.OpenAI(base_url=BASE_URL, api_key=KEY, http_client=http) as client,
        ThreadPoolExecutor(4) as pool,
    ):
        calls = [
            pool.submit(client.files.create, file=("a.jsonl", LARGE), purpose="batch")
            for _ in range(4)
        ]
        assert {call.result().id for call in calls} == {"file-0"}
    assert service.count("POST /uploads") == service.count("PUT part 1") == 1


def test_two_overlapping_tasks_share_one_upload_and_take_over_where_it_fails(
    service: FakeService,
) -> None:
    failed: list[Asked] = []

    def fault(asked: Asked) -> Exception | None:
        if asked.route == "POST /uploads" and not failed:
            failed.append(asked)
            error: Exception = HTTP.ConnectError("gone")
            return error
        return None

    service.fault = fault

    async def handle(request: Any) -> Any:
        await asyncio.sleep(0.02)
        return await AsyncSdk(service, asynchronous=True)._handle(request)

    async def create_both() -> list[Any]:
        http = linegate.async_http_client(direct_bytes=DIRECT, transport=HTTP.MockTransport(handle))
        access: dict[str, Any] = {"base_url": BASE_URL, "api_key": KEY, "max_retries": 0}
        async with openai.AsyncOpenAI(http_client=http, **access) as client:
            calls = [
                client.files.create(file=("a.jsonl", LARGE), purpose="batch") for _ in range(2)
            ]
            return await asyncio.gather(*calls, return_exceptions=True)

    outcomes = asyncio.run(create_both())
    errors = [found for found in outcomes if isinstance(found, openai.APIConnectionError)]
    files = [found for found in outcomes if isinstance(found, openai.types.FileObject)]
    assert (len(errors), len(files)) == (1, 1)
    assert service.count("POST /uploads") == 2
    assert service.count("PUT part 1") == 1


def test_the_gateways_plain_413_is_an_error_of_the_services(service: FakeService) -> None:
    plain = Answer(413, {"content-type": "text/plain"}, b"HTTP content length exceeded")
    service.fault = lambda _: plain
    with (
        openai.OpenAI(
            base_url=BASE_URL,
            api_key=KEY,
            http_client=linegate.http_client(
                transport=HTTP.MockTransport(Sdk(service, asynchronous=False)._handle)
            ),
        ) as client,
        pytest.raises(openai.APIStatusError, match="larger than 10 MB") as error,
    ):
        client.uploads.parts.create("upload-1", data=b"x")
    assert (error.value.status_code, error.value.code) == (413, "request_too_large")
