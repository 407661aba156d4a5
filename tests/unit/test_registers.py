"""CONTRIBUTING's three additions, made as it says in a copy of the checkout: one file each."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from linegate.api_keys import Role
from linegate.jsonl.purposes import PURPOSES

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    *("accept", "benchmarks", "client", "docgen", "docs", "infra"),
    *("lambdas", "release", "tests/contract"),
)
JSONL = "client/src/linegate/jsonl"

ADDITIONS = {
    "purpose": (f"{JSONL}/purposes.py", "    )\n}\n", 8, ","),
    "rule": (f"{JSONL}/file_rules.py", "\n)\n", 4, ","),
    "limit": (f"{JSONL}/limits.py", "\n    def __post_init__", 4, "\n"),
}
"""Where each block goes: the file, the text before which it stands, its indent, what ends it."""

REPORT = """\
import json, sys
from io import BytesIO
from lambdas.domain.limits import Limits
from lambdas.domain.limits_wire import LimitsObject
from lambdas.domain.usage import Usage
from linegate.api_keys import Role
from linegate.jsonl import CheckLimits, check
limits = Limits.with_changes({"min_requests": 2})
line = b'{"custom_id": "1", "method": "POST", "url": "/v1/embeddings", "body": {"model": "m"}}'
report = check(BytesIO(line), "evals", limits.check)
shown = LimitsObject.of(limits, Role.CLIENT, Usage()).model_dump(mode="json")
again = CheckLimits.of_wire(shown["batch"])
print(json.dumps([[e.code for e in report.errors], report.errors[0].message, shown,
                  again.min_requests]))
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with all three additions and `make docs` run."""
    copy = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.glob("*.md"):
        shutil.copy2(path, copy)
    text = (ROOT / "CONTRIBUTING.md").read_text()
    for name, (file, before, spaces, end) in ADDITIONS.items():
        found = re.search(rf"<!-- adds a {name} -->\n```python\n(.*?)\n```", text, re.DOTALL)
        assert found, name
        target = copy / file
        head, anchor, tail = target.read_text().rpartition(before)
        assert anchor, file
        separator = "" if head.endswith("\n") else "\n"
        added = indent(found[1], " " * spaces) + end
        if anchor.startswith("    "):  # stands on a line of its own, after the entries
            added += "\n"
        target.write_text(head + separator + added + anchor + tail)
    for module in (("infra.parameter_table", "docs/settings.md"), ("docgen",)):
        run(copy, "-m", *module)
    (copy / "lambdas/openapi.json").write_text(run(copy, "-m", "lambdas.domain.document"))
    return copy


def run(copy: Path, *arguments: str) -> str:
    path = f"{copy}{os.pathsep}{copy / 'client/src'}"
    ran = subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_service_and_client_follow(changed: Path) -> None:
    codes, message, shown, read_by_client = json.loads(run(changed, "-c", REPORT))
    assert codes == ["too_few_requests"]
    assert "The file has 1 requests; at least 2 are required." in message
    assert shown["batch"]["min_requests"] == read_by_client == 2
    purposes = {purpose["name"]: purpose for purpose in shown["purposes"]}
    assert purposes["evals"]["retention_seconds"] == 86_400
    assert purposes["evals"]["writable"] is True


def test_the_command_line_offers_the_purpose(changed: Path) -> None:
    assert "[batch|batch_output|evals]" in run(changed, "-m", "linegate", "check", "--help")


def test_the_documents_follow(changed: Path) -> None:
    document: dict[str, Any] = json.loads((changed / "lambdas/openapi.json").read_text())
    schemas = document["components"]["schemas"]
    assert "min_requests" in schemas["BatchLimitsObject"]["properties"]
    new_file = document["paths"]["/files"]["post"]["requestBody"]["content"]
    (form,) = new_file.values()
    assert form["schema"]["properties"]["purpose"]["enum"] == ["batch", "batch_output", "evals"]
    settings = (changed / "docs/settings.md").read_text()
    assert "| `min_requests` | `1` | minimum number of requests in a file |" in settings
    assert "| `purposes` | `batch,batch_output,evals` |" in settings
    assert "| `too_few_requests` |" in (changed / "docs/errors.md").read_text()


def test_an_addition_without_a_meaning_is_an_error_of_types_not_a_key_error(changed: Path) -> None:
    target = changed / ADDITIONS["limit"][0]
    before = target.read_text()
    try:
        target.write_text(before.replace('"minimum number of requests in a file",', "", 1))
        failed = subprocess.run(
            [sys.executable, "-c", "import linegate.jsonl.limits"],
            env=os.environ | {"PYTHONPATH": str(changed / "client/src")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "TypeError: limit() missing" in failed.stderr
    finally:
        target.write_text(before)


def test_every_purpose_has_a_checker() -> None:
    for purpose in PURPOSES.values():
        assert callable(purpose.load_checker()), purpose.name


def test_every_purpose_is_written_by_roles_that_exist() -> None:
    for purpose in PURPOSES.values():
        assert purpose.writers
        assert purpose.writers <= set(Role)
