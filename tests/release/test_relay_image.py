"""The steps of client/Dockerfile, without a container: its lock is complete, and it starts.

What only a container tool could show is not tried: the base image, and the user without rights.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx

from local.layout import ROOT
from tests.ports import free_port
from tests.release.conftest import run

CLIENT = ROOT / "client"
START_S = 30


def steps(name: str) -> list[str]:
    lines = (CLIENT / "Dockerfile").read_text().splitlines()
    return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]


def test_the_relay_starts_from_what_the_image_copies(tmp_path: Path) -> None:
    for step in steps("COPY"):
        source, target = step.split()
        copy = shutil.copytree if (CLIENT / source).is_dir() else shutil.copy
        copy(CLIENT / source, tmp_path / target)
    run(sys.executable, "-m", "uv", "venv", "-q", "--seed", tmp_path / "venv")
    scripts = tmp_path / "venv" / "bin"
    for step in steps("RUN"):
        program, *arguments = json.loads(step)
        run(scripts / program, *arguments, cwd=tmp_path)

    (entry,) = steps("ENTRYPOINT")
    program, *arguments = json.loads(entry)
    port = free_port()
    environment = {"PATH": os.defpath, "PYTHONPATH": str(tmp_path / "src")}
    nowhere = {"LINEGATE_BASE_URL": f"http://127.0.0.1:{free_port()}/v1"}
    command = [scripts / program, *arguments, "--port", str(port)]
    running = subprocess.Popen(command, cwd=tmp_path, env=environment | nowhere)
    try:
        answer = ask(f"http://127.0.0.1:{port}/v1/files")
    finally:
        running.terminate()
        assert running.wait(START_S) is not None
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "service_unavailable"


def ask(url: str) -> httpx.Response:
    ends_at = time.monotonic() + START_S
    while True:
        try:
            return httpx.get(url)
        except httpx.ConnectError:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.1)
