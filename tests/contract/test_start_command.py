"""`make start` as a newcomer meets it: a stack from nothing, the first curl, a setting, Ctrl-C."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.layout import ROOT
from tests.ports import free_port

READY = "Requests, until"
START_TIMEOUT_S = 120
LINE_TIMEOUT_S = 15
SETTING = "retention_s=7200"
"""As make start ARGS="-c retention_s=7200" has it."""


class Started:
    """`python -m local start` in a folder of its own, and what it printed so far."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._output = folder / "output"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "local", "start", "--port", str(port), "-c", SETTING],
                cwd=ROOT,
                env=os.environ | {"LINEGATE_RUN_FOLDER": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def printed(self) -> str:
        return self._output.read_text()

    def wait_for(self, text: str, timeout_s: float) -> None:
        deadline = time.monotonic() + timeout_s
        while text not in self.printed:
            assert self.process.poll() is None, self.printed
            assert time.monotonic() < deadline, self.printed
            time.sleep(0.1)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(START_TIMEOUT_S)

    def left_running(self) -> list[str]:
        """Command lines of the emulator and of its functions, which both name the folder."""
        every = subprocess.run(
            ["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True
        )
        return [line for line in every.stdout.splitlines() if str(self.folder) in line]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    started = Started(tmp_path_factory.mktemp("start"), free_port())
    started.wait_for(READY, START_TIMEOUT_S)
    yield started
    started.process.kill()


def test_the_consoles_address_is_printed_and_answers_with_its_page(started: Started) -> None:
    found = re.search(r"^    console +(\S+)$", started.printed, re.MULTILINE)
    assert found is not None
    answer = httpx.get(found[1])
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Linegate" in answer.text


def test_the_first_curl_works_as_printed(started: Started, tmp_path: Path) -> None:
    lines = [line for line in started.printed.splitlines() if line.startswith("    ")]
    commands = "\n".join(lines[3:])  # below the base URL, the key and the console's address
    assert commands.count("curl") == 1
    ran = subprocess.run(
        ["bash", "-euc", commands], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    file = json.loads(ran.stdout)
    assert (file["status"], file["filename"]) == ("processed", "sample.jsonl")
    assert file["expires_at"] - file["created_at"] == 7_200
    started.wait_for(" POST ", LINE_TIMEOUT_S)
    shown = re.search(
        r"POST +200 +/v1/files +\d+ ms +[0-9a-f-]{36}$", started.printed, re.MULTILINE
    )
    assert shown, started.printed


def test_it_listens_on_loopback_only(started: Started) -> None:
    assert accepts("127.0.0.1", started.port)
    assert not accepts(own_address(), started.port)


def accepts(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((host, port)) == 0


def own_address() -> str:
    """This machine's address in its network; another one of loopback's when it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: asks the kernel for the way there
        except OSError:
            return "127.0.0.2"
        return str(probe.getsockname()[0])


def test_a_port_in_use_is_one_line_that_says_what_to_do(started: Started, tmp_path: Path) -> None:
    second = Started(tmp_path, started.port)
    assert second.process.wait(LINE_TIMEOUT_S) == 1
    assert second.printed == (
        f"linegate: port {started.port} is in use: end what uses it, "
        f"or choose another with PORT={started.port + 1}\n"
    )


def test_another_port_is_refused_while_the_stack_is_up(started: Started) -> None:
    other = started.port + 1
    second = subprocess.run(
        [sys.executable, "-m", "local", "up", "--port", str(other)],
        cwd=ROOT,
        env=os.environ | {"LINEGATE_RUN_FOLDER": str(started.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert second.stderr == (
        f"linegate: the stack is already up on port {started.port}: run make down first, or set "
        "LINEGATE_RUN_FOLDER to another folder for a second stack\n"
    )


def test_after_ctrl_c_nothing_is_left_running(started: Started) -> None:
    assert started.left_running()
    assert started.end(signal.SIGINT) == 0
    assert started.left_running() == []
    assert "Traceback" not in started.printed
    assert not accepts("127.0.0.1", started.port)


def test_the_second_start_deploys_nothing_and_has_the_files_and_the_key(started: Started) -> None:
    key = json.loads((started.folder / "stack.json").read_text())["api_key"]
    again = Started(started.folder, started.port)
    try:
        again.wait_for(READY, START_TIMEOUT_S)
        assert "Deploy" not in again.printed
        stack = json.loads((started.folder / "stack.json").read_text())
        assert stack["api_key"] == key
        listed = subprocess.run(
            ["curl", "-sf", f"{stack['base_url']}/files", "-H", f"Authorization: Bearer {key}"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert [file["filename"] for file in json.loads(listed.stdout)["data"]] == ["sample.jsonl"]
    finally:
        again.end(signal.SIGTERM)
    assert again.left_running() == []
