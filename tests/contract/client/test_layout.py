"""How much of the client one upload passes through, and what a checkout on any system can hold."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.layout import ROOT
from tests.contract.client.command import Linegate
from tests.contract.client.loopback import QUICK_PARTS, served
from tests.contract.lines import batch_of
from tests.unit.client.fake_service import KEY, FakeService

MOST_MODULES = 18

LIBRARY = "linegate.jsonl"
"""The line check, which the service shares: a library to both."""

SHOW_MODULES = """
import ast, json, sys
own = {n: m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "linegate"}
has_code = {n for n, path in own.items() if len(ast.parse(open(path).read()).body) > 1}
print(json.dumps(sorted(n for n in has_code if not n.startswith(%r))))
"""

COMMAND = """
import sys
from linegate.cli.app import main
assert main(["upload", "requests.jsonl", "--json"]) == 0
"""

DROP_IN = """
import os
from openai import OpenAI
import linegate
access = {"base_url": os.environ["LINEGATE_BASE_URL"], "api_key": os.environ["LINEGATE_API_KEY"]}
http = linegate.http_client(direct_bytes=1_000)
OpenAI(http_client=http, **access).files.create(file=open("requests.jsonl", "rb"), purpose="batch")
"""


@pytest.mark.parametrize("script", [COMMAND, DROP_IN], ids=["command", "drop-in"])
def test_an_upload_passes_through_few_modules(tmp_path: Path, script: str) -> None:
    service = FakeService(part_bytes=QUICK_PARTS << 6)
    (tmp_path / "requests.jsonl").write_bytes(batch_of(5 << 20))
    with served(service) as base_url:
        done = subprocess.run(
            [sys.executable, "-c", script + SHOW_MODULES % LIBRARY],
            env=Linegate(tmp_path, base_url, KEY).environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert service.count("POST /uploads/{id}/complete") == 1
    modules = json.loads(done.stdout.splitlines()[-1])
    assert len(modules) <= MOST_MODULES, modules


def test_a_checkout_needs_no_links_and_no_names_that_windows_refuses() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--stage", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    entries = [entry.split("\t", 1) for entry in listed.split("\0") if entry]
    assert len(entries) > 300
    reserved = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(10))}
    for mode, path in entries:
        assert not mode.startswith("120000"), f"{path} is a symbolic link"
        for name in path.split("/"):
            assert not set(name) & set('<>:"\\|?*'), path
            assert not name.endswith((" ", ".")), path
            assert name.split(".")[0].lower() not in reserved, path
    assert len({path.lower() for _, path in entries}) == len(entries)
