"""`files.create` of the real SDKs, with the one line, against the local stack."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from openai import BadRequestError, OpenAI

import linegate
from local.layout import ROOT
from tests.contract.client.conftest import HERE, MIB, run
from tests.contract.conftest import NewKey
from tests.contract.lines import batch

CREATE_FILE = HERE / "create_file.py"
MODULE = (ROOT / "client" / "node" / "index.mjs").as_uri()
PEAK_BYTES = 100_000_000
NODE_RUNS = 3
"""V8 collects buffers when it likes: one peak in fifty is a quarter above the median."""


def environment(key: str) -> dict[str, str]:
    source = str(ROOT / "client" / "src")
    return {
        **os.environ,
        "LINEGATE_API_KEY": key,
        "LINEGATE_MODULE": MODULE,
        "PYTHONPATH": os.pathsep.join((str(ROOT), source)),
    }


@pytest.fixture
def drop_in(base_url: str, api_key: str) -> Iterator[OpenAI]:
    http = linegate.http_client()
    with OpenAI(base_url=base_url, api_key=api_key, http_client=http, max_retries=0) as client:
        yield client


def test_a_large_file_is_checked_when_create_returns(drop_in: OpenAI, large: Path) -> None:
    with large.open("rb") as file:
        created = drop_in.files.create(file=file, purpose="batch")
    assert (created.status, created.filename) == ("processed", "large.jsonl")
    assert created.bytes == large.stat().st_size
    assert drop_in.files.retrieve(created.id) == created
    assert [file.id for file in drop_in.files.list()] == [created.id]


def test_its_content_comes_back(drop_in: OpenAI, large: Path) -> None:
    with large.open("rb") as file:
        created = drop_in.files.create(file=file, purpose="batch")
    assert drop_in.files.content(created.id).read() == large.read_bytes()


def test_its_expiry_and_its_name_arrive(drop_in: OpenAI, large: Path) -> None:
    created = drop_in.files.create(
        file=('Anfragen "für" 日本.jsonl', large.read_bytes()),
        purpose="batch",
        expires_after={"anchor": "created_at", "seconds": 3_600},
    )
    assert created.expires_at == created.created_at + 3_600
    assert created.filename == 'Anfragen "für" 日本.jsonl'


def test_invalid_lines_of_a_large_file_are_named_and_nothing_is_stored(
    drop_in: OpenAI, large: Path
) -> None:
    content = large.read_bytes() + b"not json\n"
    with pytest.raises(BadRequestError) as error:
        drop_in.files.create(file=("a.jsonl", content), purpose="batch")
    assert error.value.code == "invalid_json_line"
    assert isinstance(error.value.body, dict)
    (line,) = error.value.body["errors"]["data"]
    assert line["line"] == content.count(b"\n")
    assert drop_in.files.list().data == []


def test_a_large_and_a_small_file_are_refused_in_the_same_words(
    drop_in: OpenAI, large: Path
) -> None:
    bodies = []
    for valid in (batch(1), large.read_bytes()):
        with pytest.raises(BadRequestError) as error:
            drop_in.files.create(file=("a.jsonl", b"not json\n" + valid), purpose="batch")
        bodies.append(error.value.body)
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_200_mib_go_in_bounded_memory(
    base_url: str, api_key: str, largest: Path, mode: str
) -> None:
    printed = run(sys.executable, CREATE_FILE, mode, base_url, largest, env=environment(api_key))
    found = json.loads(printed)
    assert found["file"]["status"] == "processed"
    assert found["file"]["bytes"] == 200 * MIB
    assert found["peak_bytes"] < PEAK_BYTES


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_the_generation_of_the_sdk_before_works_too(
    base_url: str, api_key: str, large: Path, openai2: Path, mode: str
) -> None:
    printed = run(openai2, CREATE_FILE, mode, base_url, large, env=environment(api_key))
    assert json.loads(printed)["file"]["status"] == "processed"


def test_the_tests_of_the_drop_in_pass_under_that_generation(openai2: Path) -> None:
    tests = sorted((ROOT / "tests" / "unit" / "client").glob("test_http_client*.py"))
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist")
    printed = run(openai2, "-m", "pytest", *options, *tests, env=environment("none"))
    assert " passed" in printed


@pytest.mark.parametrize("mode", ["stream", "blob"])
def test_200_mib_go_from_node_in_bounded_memory(
    base_url: str, new_key: NewKey, largest: Path, openai_node: Path, mode: str
) -> None:
    script = openai_node / "create_file.mjs"
    script.write_bytes((HERE / "node" / "create_file.mjs").read_bytes())
    node = Path(sys.executable).with_name("node")
    peaks_bytes = []
    for _ in range(NODE_RUNS):
        printed = run(node, script, mode, base_url, largest, env=environment(new_key()))
        found = json.loads(printed)
        file = found["file"]
        assert (file["status"], file["filename"]) == ("processed", "largest.jsonl")
        peaks_bytes.append(found["peak_bytes"])
    assert median(peaks_bytes) < PEAK_BYTES
