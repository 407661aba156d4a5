"""Large files: presigned parts, a killed client, and stock SDKs, against the local stack."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import OpenAI

from local.layout import ROOT
from local.stack import Stack
from tests.contract.conftest import Measured
from tests.contract.lines import batch, batch_of
from tests.contract.uploader import Uploader

MIB = 1 << 20
LARGEST = 200 * MIB


@pytest.fixture(scope="session")
def largest_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A valid batch file of exactly the largest size, in 50,000 requests at most."""
    path = tmp_path_factory.mktemp("large") / "größte.jsonl"
    lines = batch_of(LARGEST, line_bytes=8 * 1_024)
    path.write_bytes(lines)
    return path


def md5_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def md5_of_content(http: httpx.Client, file_id: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with http.stream("GET", f"/files/{file_id}/content", follow_redirects=True) as answer:
        assert answer.status_code == 200
        for chunk in answer.iter_raw(MIB):
            digest.update(chunk)
    return digest.hexdigest()


PartsLeft = Callable[[str], list[str]]


@pytest.fixture(scope="session")
def parts_left(stack: Stack, aws: Callable[[str], Any]) -> PartsLeft:
    """Keys of an upload's proxied parts, and those of multipart uploads of its object."""

    def keys(upload_id: str) -> list[str]:
        s3, ulid = aws("s3"), upload_id.removeprefix("upload-")
        parts = s3.list_objects_v2(Bucket=stack.bucket, Prefix="parts/").get("Contents", [])
        uploads = s3.list_multipart_uploads(Bucket=stack.bucket).get("Uploads", [])
        return [found["Key"] for found in [*parts, *uploads] if ulid in found["Key"]]

    return keys


def test_the_largest_file_in_8_parallel_puts_is_processed_and_identical(
    http: httpx.Client,
    stack: Stack,
    aws: Callable[[str], Any],
    parts_left: PartsLeft,
    largest_file: Path,
    measured: Measured,
) -> None:
    """Timed beside a plain upload_file of the same file to the same emulator, in the same run."""
    uploader, md5 = Uploader(http, largest_file), md5_of(largest_file)
    started = time.monotonic()
    upload = uploader.create()
    uploader.send_missing(upload)
    sent = time.monotonic()
    file = uploader.complete(upload["id"], md5=md5)["file"]
    checked = uploader.wait(file["id"])
    ended = time.monotonic()
    assert (checked["status"], checked["bytes"]) == ("processed", LARGEST)
    assert checked["filename"] == largest_file.name
    assert md5_of_content(http, file["id"]) == md5
    assert parts_left(upload["id"]) == []

    plain = time.monotonic()
    aws("s3").upload_file(str(largest_file), stack.bucket, "files/01/benchmark/plain")
    plain_s = time.monotonic() - plain
    aws("s3").delete_object(Bucket=stack.bucket, Key="files/01/benchmark/plain")
    measured("200 MiB in presigned parts, s", sent - started)
    measured("the same until processed, s", ended - started)
    measured("boto3 upload_file of the same, s", plain_s)
    measured("presigned parts : upload_file", (sent - started) / plain_s)
    measured("until processed : upload_file", (ended - started) / plain_s)


def test_a_killed_client_is_resumed_by_another_without_sending_a_part_twice(
    http: httpx.Client, base_url: str, api_key: str, tmp_path: Path
) -> None:
    path = tmp_path / "resumed.jsonl"
    path.write_bytes(batch_of(5 * 8 * MIB + 1_000, line_bytes=8 * 1_024))
    command = [sys.executable, "-m", "tests.contract.uploader", base_url, str(path)]
    environment = {**os.environ, "LINEGATE_API_KEY": api_key}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        upload_id = first.stdout.readline().strip()
        sent = [int(first.stdout.readline()) for _ in range(2)]
        first.send_signal(signal.SIGKILL)
    held = http.get(f"/uploads/{upload_id}").json()["multipart"]["uploaded"]
    assert set(sent) <= set(held)
    assert len(held) < 6
    second = subprocess.run(
        [*command, upload_id], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    resumed_id, *sent_again, file_id = second.stdout.split()
    assert resumed_id == upload_id
    assert sorted(held + [int(number) for number in sent_again]) == [1, 2, 3, 4, 5, 6]
    file = Uploader(http, path).wait(file_id)
    assert file["status"] == "processed"
    assert md5_of_content(http, file_id) == md5_of(path)


def test_the_largest_file_through_the_stock_clients_chunked_upload(
    client: OpenAI,
    http: httpx.Client,
    parts_left: PartsLeft,
    largest_file: Path,
    measured: Measured,
) -> None:
    """With the client's own retries, as it is used: `complete` may ask for a repeat."""
    stock = client.with_options(max_retries=2)
    started = time.monotonic()
    upload = stock.uploads.upload_file_chunked(
        file=largest_file, purpose="batch", mime_type="application/jsonl", part_size=4 * MIB
    )
    measured("200 MiB by upload_file_chunked, s", time.monotonic() - started)
    assert upload.status == "completed"
    assert upload.file is not None
    assert upload.file.bytes == LARGEST
    file = stock.files.wait_for_processing(upload.file.id, poll_interval=0.2)
    assert file.status == "processed"
    assert md5_of_content(http, file.id) == md5_of(largest_file)
    assert parts_left(upload.id) == []


def test_the_stock_clients_steps_one_by_one(client: OpenAI) -> None:
    content = batch(3)
    upload = client.uploads.create(
        bytes=len(content),
        filename="in.jsonl",
        mime_type="application/jsonl",
        purpose="batch",
        expires_after={"anchor": "created_at", "seconds": 3_600},
    )
    assert (upload.object, upload.status, upload.file) == ("upload", "pending", None)
    parts = [
        client.uploads.parts.create(upload.id, data=content[start : start + 200])
        for start in range(0, len(content), 200)
    ]
    assert {(part.object, part.upload_id) for part in parts} == {("upload.part", upload.id)}
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    completed = client.uploads.complete(upload.id, part_ids=[part.id for part in parts], md5=md5)
    assert completed.status == "completed"
    assert completed.file is not None
    assert completed.file.expires_at == upload.created_at + 3_600
    file = client.files.wait_for_processing(completed.file.id, poll_interval=0.1)
    assert (file.status, client.files.content(file.id).read()) == ("processed", content)


def test_the_stock_client_cancels(client: OpenAI, parts_left: PartsLeft) -> None:
    upload = client.uploads.create(
        bytes=10, filename="in.jsonl", mime_type="application/jsonl", purpose="batch"
    )
    client.uploads.parts.create(upload.id, data=b"1234567890")
    assert client.uploads.cancel(upload.id).status == "cancelled"
    assert parts_left(upload.id) == []


def test_invalid_lines_of_an_upload_make_the_file_an_error(
    http: httpx.Client, tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(batch(2) + b"not json\n")
    uploader = Uploader(http, path)
    upload = uploader.create()
    uploader.send_missing(upload)
    file = uploader.wait(uploader.complete(upload["id"])["file"]["id"])
    assert file["status"] == "error"
    report = http.get(f"/files/{file['id']}/validation").json()
    assert [(error["line"], error["code"]) for error in report["errors"]["data"]] == [
        (3, "invalid_json_line")
    ]


def test_a_part_of_another_length_is_refused_by_its_url(http: httpx.Client, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(batch(2))
    uploader = Uploader(http, path)
    upload = uploader.create()
    url = upload["multipart"]["parts"][0]["url"]
    for content in (path.read_bytes()[:-1], path.read_bytes() + b"\n"):
        assert httpx.put(url, content=content).status_code == 403
    assert uploader.retrieve(upload["id"])["multipart"]["uploaded"] == []
