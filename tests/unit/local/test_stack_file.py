"""`.local/stack.json`: what others rely on, and who can read it."""

import dataclasses
import json
import stat
from pathlib import Path

import pytest

from local import stack
from local.stack import Stack

STACK = Stack(
    base_url="http://127.0.0.1:5463/v1",
    api_key="lg_key",
    account="local",
    port=5463,
    endpoint_url="http://127.0.0.1:5463",
    region="us-east-1",
    files_table="files",
    keys_table="keys",
    bucket="bucket",
    finalizer_queue_url="http://localhost:5463/0/queue",
    dead_letter_queue_url="http://localhost:5463/0/dead",
    console_url="http://127.0.0.1:5463/v1/console",
    model_url="http://127.0.0.1:6463",
    pid=None,
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stack, "STACK", tmp_path / "stack.json")
    return tmp_path / "stack.json"


def test_only_its_owner_can_read_the_file_even_where_an_open_one_was(file: Path) -> None:
    file.write_text("{}")
    file.chmod(0o644)
    stack.keep(STACK)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_is_kept_is_found_again(file: Path) -> None:
    stack.keep(STACK)
    assert stack.last() == STACK
    assert json.loads(file.read_text())["base_url"] == STACK.base_url


def test_before_the_first_time_there_is_no_stack(file: Path) -> None:
    assert stack.last() is None


@pytest.mark.parametrize("content", ["", "{", "{}", "[]", '{"base_url": "http://127.0.0.1:1/v1"}'])
def test_a_file_that_describes_no_stack_counts_as_none(file: Path, content: str) -> None:
    file.write_text(content)
    assert stack.last() is None


def test_a_stack_of_another_version_is_still_seen_and_can_be_ended(file: Path) -> None:
    fields = dataclasses.asdict(STACK) | {"of_a_later_version": 1}
    for name in ("console_url", "model_url"):  # of a later version than the one that wrote it
        del fields[name]
    file.write_text(json.dumps(fields))
    assert stack.last() == dataclasses.replace(STACK, console_url=None, model_url="")


def test_a_stopped_stack_keeps_its_address_and_its_key(file: Path) -> None:
    stack.keep(dataclasses.replace(STACK, pid=1))
    stack.keep_stopped()
    assert stack.last() == STACK


def test_a_process_that_is_not_the_emulator_is_not_taken_for_it(file: Path) -> None:
    assert not dataclasses.replace(STACK, pid=1).running
