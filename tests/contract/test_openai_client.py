"""The stock openai client, unchanged but for base URL and key."""

import io
import time
from pathlib import Path

import pytest
from openai import BadRequestError, NotFoundError, OpenAI
from openai.types import FileObject

from tests.contract.conftest import NewKey
from tests.contract.lines import batch, batch_of, request_line

DIRECT_BYTES = 4 * 1024 * 1024


def upload(client: OpenAI, content: bytes, name: str = "requests.jsonl") -> FileObject:
    return client.files.create(file=(name, content), purpose="batch")


def test_create_returns_the_checked_file(client: OpenAI) -> None:
    content = batch(3)
    before = int(time.time())
    file = client.files.create(file=("requests.jsonl", content), purpose="batch")
    assert file.id.startswith("file-")
    assert (file.object, file.purpose, file.status) == ("file", "batch", "processed")
    assert (file.bytes, file.filename) == (len(content), "requests.jsonl")
    assert before <= file.created_at <= int(time.time())
    assert file.expires_at == file.created_at + 7 * 86_400


def test_create_takes_an_open_file_and_keeps_its_name(client: OpenAI, tmp_path: Path) -> None:
    path = tmp_path / 'Anfragen "für" 日本.jsonl'
    path.write_bytes(batch(1))
    with path.open("rb") as file:
        created = client.files.create(file=file, purpose="batch")
    assert client.files.retrieve(created.id).filename == path.name


def test_expires_after_sets_the_expiry(client: OpenAI) -> None:
    file = client.files.create(
        file=("a.jsonl", batch(1)),
        purpose="batch",
        expires_after={"anchor": "created_at", "seconds": 3_600},
    )
    assert file.expires_at == file.created_at + 3_600


def test_retrieve_returns_what_create_returned(client: OpenAI) -> None:
    file = upload(client, batch(2))
    assert client.files.retrieve(file.id) == file


def test_content_returns_the_very_bytes(client: OpenAI) -> None:
    content = batch(2) + request_line("umlaut", "Grüße 日本 \u2028")
    file = upload(client, content)
    assert client.files.content(file.id).read() == content


def test_the_largest_direct_file_comes_back_whole(client: OpenAI) -> None:
    content = batch_of(DIRECT_BYTES)
    assert len(content) == DIRECT_BYTES
    file = upload(client, content)
    assert client.files.content(file.id).read() == content


def test_list_iterates_over_all_pages_oldest_first(client: OpenAI) -> None:
    created = [upload(client, batch(1), f"{number}.jsonl").id for number in range(5)]
    assert [file.id for file in client.files.list(limit=2)] == created
    assert [file.id for file in client.files.list(limit=2, order="desc")] == created[::-1]


def test_list_shows_only_the_accounts_own_files(
    client: OpenAI, base_url: str, new_key: NewKey
) -> None:
    upload(client, batch(1))
    with OpenAI(base_url=base_url, api_key=new_key(), max_retries=0) as other:
        assert other.files.list().data == []


def test_wait_for_processing_ends(client: OpenAI) -> None:
    file = upload(client, batch(1))
    assert client.files.wait_for_processing(file.id, poll_interval=0.1).status == "processed"


def test_a_deleted_file_is_gone(client: OpenAI) -> None:
    file = upload(client, batch(1))
    deleted = client.files.delete(file.id)
    assert (deleted.id, deleted.deleted) == (file.id, True)
    assert client.files.list().data == []
    with pytest.raises(NotFoundError) as error:
        client.files.retrieve(file.id)
    assert error.value.code == "file_not_found"


def test_invalid_lines_are_named_and_nothing_is_stored(client: OpenAI) -> None:
    with pytest.raises(BadRequestError) as error:
        client.files.create(file=io.BytesIO(batch(1) + b"not json\n"), purpose="batch")
    assert error.value.code == "invalid_json_line"
    assert isinstance(error.value.body, dict)
    assert error.value.body["errors"]["data"][0]["line"] == 2
    assert client.files.list().data == []
