"""Whatever kind of file the openai SDK is given, its bytes and its name arrive."""

import gzip
import io
import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from tests.unit.client.fake_service import FakeService
from tests.unit.client.sdk import LARGE, SMALL, Sdk


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
