"""Which state of the emulator is taken over, and what is mended in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from local import emulator_state

PORT = 5463


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(emulator_state, "state_folder", lambda port: tmp_path / str(port))
    return tmp_path / str(PORT)


def finished_run(folder: Path) -> None:
    emulator_state.prepare(PORT)
    emulator_state.mark_deployed(PORT, {"fingerprint": "f", "outputs": {"Bucket": "b"}})
    (folder / "s3.json").write_text("{}")
    emulator_state.mark_saved(PORT)


def test_the_state_of_a_finished_run_is_kept(folder: Path) -> None:
    finished_run(folder)
    emulator_state.prepare(PORT)
    assert (folder / "s3.json").exists()
    deployed = emulator_state.read_deployed(PORT)
    assert deployed == {"fingerprint": "f", "outputs": {"Bucket": "b"}}


def test_the_state_of_a_run_that_crashed_is_dropped(folder: Path) -> None:
    finished_run(folder)
    emulator_state.prepare(PORT)  # the run that now crashes: nothing marks it as saved
    emulator_state.prepare(PORT)
    assert list(folder.iterdir()) == []
    assert emulator_state.read_deployed(PORT) is None


def test_the_state_of_an_interrupted_deployment_is_dropped(folder: Path) -> None:
    finished_run(folder)
    emulator_state.prepare(PORT)
    emulator_state.mark_deployed(PORT, None)
    emulator_state.mark_saved(PORT)
    emulator_state.prepare(PORT)
    assert list(folder.iterdir()) == []


def test_another_port_has_a_state_of_its_own(folder: Path) -> None:
    finished_run(folder)
    emulator_state.prepare(PORT + 1)
    assert emulator_state.read_deployed(PORT + 1) is None
    assert emulator_state.read_deployed(PORT) is not None


def test_table_streams_are_read_from_their_start_and_log_lines_are_dropped(folder: Path) -> None:
    finished_run(folder)
    keep(folder / "lambda.json", {"functions": {"f": 1}, "dynamodb_stream_positions": {"e": 5}})
    group = {"arn": "a", "streams": {"s": {"events": [1]}}}
    keep(folder / "cloudwatch_logs.json", {"log_groups": {"data": {"g": group}}})
    emulator_state.prepare(PORT)
    assert kept(folder / "lambda.json") == {"functions": {"f": 1}}
    assert kept(folder / "cloudwatch_logs.json") == {
        "log_groups": {"data": {"g": {"arn": "a", "streams": {}}}}
    }


def keep(path: Path, payload: dict[str, Any]) -> None:
    path.write_text(json.dumps({"__ministack_format__": 3, "payload": payload}))


def kept(path: Path) -> Any:
    return json.loads(path.read_text())["payload"]
