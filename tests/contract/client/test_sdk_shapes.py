"""What the SDK's own tests ask of files and uploads, asked through the drop-in of the local stack.

Method by method as the SDK's test suite does: plain, with the raw response, and streamed, with the
SDK's strict validation on, so that an answer with a field missing or of another type raises. Only
the arguments are ones that a service can answer, which the suite's mock server needs not.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI, OpenAIError
from openai.pagination import SyncCursorPage
from openai.types import FileDeleted, FileObject, Upload
from openai.types.uploads import UploadPart

import linegate
from tests.contract.lines import batch

CONTENT = batch(3)
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
EXPIRY: Any = {"anchor": "created_at", "seconds": 3_600}


@pytest.fixture
def strict(base_url: str, api_key: str) -> Iterator[OpenAI]:
    with OpenAI(
        base_url=base_url,
        api_key=api_key,
        http_client=linegate.http_client(),
        _strict_response_validation=True,
    ) as client:
        yield client


def in_every_way(resource: Any, method: str, kind: type, ask: Callable[[Any], Any]) -> Any:
    """Call plainly, raw and streamed; all must be `kind`. Returns the plain answer."""
    plain = ask(getattr(resource, method))
    assert isinstance(plain, kind)
    raw = ask(getattr(resource.with_raw_response, method))
    assert raw.http_request.headers.get("X-Stainless-Lang") == "python"
    assert isinstance(raw.parse(), kind)
    with ask(getattr(resource.with_streaming_response, method)) as response:
        assert isinstance(response.parse(), kind)
    assert response.is_closed
    return plain


@pytest.mark.parametrize("options", [{}, {"expires_after": EXPIRY}], ids=["plain", "all"])
def test_files_create(strict: OpenAI, options: dict[str, Any]) -> None:
    def create(call: Any) -> Any:
        return call(file=("a.jsonl", CONTENT), purpose="batch", **options)

    file = in_every_way(strict.files, "create", FileObject, create)
    assert (file.bytes, file.object, file.status) == (len(CONTENT), "file", "processed")


def test_files_create_of_a_large_file(strict: OpenAI, large: Path) -> None:
    content = large.read_bytes()
    file = in_every_way(
        strict.files,
        "create",
        FileObject,
        lambda create: create(file=("large.jsonl", content), purpose="batch"),
    )
    assert hashlib.sha256(strict.files.content(file.id).content).digest() == (
        hashlib.sha256(content).digest()
    )


def test_files_retrieve_list_content_delete(strict: OpenAI) -> None:
    ids = [strict.files.create(file=("a.jsonl", CONTENT), purpose="batch").id for _ in range(3)]
    in_every_way(strict.files, "retrieve", FileObject, lambda retrieve: retrieve(ids[0]))
    page = in_every_way(
        strict.files,
        "list",
        SyncCursorPage,
        lambda listed: listed(after=ids[0], limit=2, order="asc", purpose="batch"),
    )
    assert all(isinstance(file, FileObject) for file in page.data)
    assert strict.files.with_raw_response.content(ids[0]).content == CONTENT
    with strict.files.with_streaming_response.content(ids[0]) as response:
        assert b"".join(response.iter_bytes()) == CONTENT
    assert isinstance(strict.files.delete(ids[0]), FileDeleted)
    assert isinstance(strict.files.with_raw_response.delete(ids[1]).parse(), FileDeleted)
    with strict.files.with_streaming_response.delete(ids[2]) as response:
        assert isinstance(response.parse(), FileDeleted)


@pytest.mark.parametrize("method", ["retrieve", "delete", "content"])
def test_an_empty_id_never_leaves_the_sdk(strict: OpenAI, method: str) -> None:
    with pytest.raises((ValueError, OpenAIError), match="non-empty"):
        getattr(strict.files, method)("")


def test_uploads_create_parts_complete_cancel(strict: OpenAI) -> None:
    def create(call: Any) -> Any:
        return call(
            bytes=len(CONTENT),
            filename="a.jsonl",
            mime_type="application/jsonl",
            purpose="batch",
            expires_after=EXPIRY,
        )

    upload = in_every_way(strict.uploads, "create", Upload, create)
    assert (upload.object, upload.status, upload.file) == ("upload", "pending", None)
    part = in_every_way(
        strict.uploads.parts,
        "create",
        UploadPart,
        lambda send: send(upload_id=upload.id, data=CONTENT),
    )
    assert part.upload_id == upload.id
    completed = in_every_way(
        strict.uploads,
        "complete",
        Upload,
        lambda complete: complete(
            upload_id=upload.id,
            part_ids=[part.id],
            md5=MD5,
        ),
    )
    assert (completed.status, completed.file.bytes) == ("completed", len(CONTENT))
    other = create(strict.uploads.create)
    cancelled = in_every_way(
        strict.uploads, "cancel", Upload, lambda cancel: cancel(upload_id=other.id)
    )
    assert cancelled.status == "cancelled"
