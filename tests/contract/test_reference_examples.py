"""The curl examples of the Cerebras and kluster.ai references, verbatim but for host and key."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from tests.contract.lines import batch

CEREBRAS = "https://api.cerebras.ai/v1"
KLUSTER = "https://api.kluster.ai/v1"

CEREBRAS_UPLOAD = """\
curl --location 'https://api.cerebras.ai/v1/files' \\
--header "Authorization: Bearer ${CEREBRAS_API_KEY}" \\
--form 'file=@"batch-requests.jsonl"' \\
--form 'purpose="batch"'
"""
CEREBRAS_LIST = """\
curl --location 'https://api.cerebras.ai/v1/files?limit=20/' \\
--header "Authorization: Bearer ${CEREBRAS_API_KEY}"
"""
CEREBRAS_RETRIEVE = """\
curl --location 'https://api.cerebras.ai/v1/files/file_123' \\
--header "Authorization: Bearer ${CEREBRAS_API_KEY}"
"""
KLUSTER_UPLOAD = """\
curl -s https://api.kluster.ai/v1/files \\
    -H "Authorization: Bearer $API_KEY" \\
    -H "Content-Type: multipart/form-data" \\
    -F "file=@mybatchtest.jsonl" \\
    -F "purpose=batch"
"""
KLUSTER_CONTENT = """\
curl -s https://api.kluster.ai/v1/files/kluster-output-file-123/content \\
    -H "Authorization: Bearer $API_KEY" > batch_output.jsonl
"""


class Shell:
    """Runs an example in a folder of its own, against the local stack."""

    def __init__(self, base_url: str, api_key: str, folder: Path) -> None:
        self.folder = folder
        self._base_url = base_url
        self._environment = os.environ | {"CEREBRAS_API_KEY": api_key, "API_KEY": api_key}

    def run(self, example: str, **placeholders: str) -> str:
        """The example's output. Placeholders are the ids that the documents made up."""
        command = example.replace(CEREBRAS, self._base_url).replace(KLUSTER, self._base_url)
        for name, value in placeholders.items():
            assert name in command.replace("-", "_")
            command = command.replace(name, value).replace(name.replace("_", "-"), value)
        return subprocess.run(
            ["bash", "-euc", command],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def json(self, example: str, **placeholders: str) -> Any:
        return json.loads(self.run(example, **placeholders))


@pytest.fixture
def shell(base_url: str, api_key: str, tmp_path: Path) -> Shell:
    for name in ("batch-requests.jsonl", "mybatchtest.jsonl"):
        (tmp_path / name).write_bytes(batch(2))
    return Shell(base_url, api_key, tmp_path)


@pytest.mark.parametrize(
    ("example", "name"),
    [(CEREBRAS_UPLOAD, "batch-requests.jsonl"), (KLUSTER_UPLOAD, "mybatchtest.jsonl")],
)
def test_upload_answers_with_the_file(shell: Shell, example: str, name: str) -> None:
    file = shell.json(example)
    assert file["id"].startswith("file-")
    assert (file["object"], file["purpose"], file["filename"]) == ("file", "batch", name)
    assert file["bytes"] == len(batch(2))
    assert file["expires_at"] == file["created_at"] + 7 * 86_400


def test_list_answers_with_all_files_oldest_first(shell: Shell) -> None:
    created = [shell.json(CEREBRAS_UPLOAD)["id"], shell.json(KLUSTER_UPLOAD)["id"]]
    listed = shell.json(CEREBRAS_LIST)
    assert (listed["object"], listed["has_more"]) == ("list", False)
    assert [file["id"] for file in listed["data"]] == created


def test_retrieve_answers_with_the_file(shell: Shell) -> None:
    created = shell.json(CEREBRAS_UPLOAD)
    assert shell.json(CEREBRAS_RETRIEVE, file_123=created["id"]) == created


def test_content_is_saved_byte_for_byte(shell: Shell) -> None:
    created = shell.json(KLUSTER_UPLOAD)
    shell.run(KLUSTER_CONTENT, kluster_output_file_123=created["id"])
    assert (shell.folder / "batch_output.jsonl").read_bytes() == batch(2)


def test_kluster_python_example_uploads_and_reads_the_content(
    base_url: str, api_key: str, shell: Shell
) -> None:
    client = OpenAI(base_url=base_url, api_key=api_key)
    with (shell.folder / "mybatchtest.jsonl").open("rb") as file:
        batch_input_file = client.files.create(file=file, purpose="batch")
    assert batch_input_file.to_dict()["object"] == "file"
    assert client.files.content(batch_input_file.id).content == batch(2)


def test_cerebras_clients_warm_their_connection_without_a_key(base_url: str) -> None:
    status = subprocess.run(
        ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", f"{base_url}/tcp_warming"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert status == "200"
