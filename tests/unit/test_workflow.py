"""The public CI's workflow: it runs what a developer runs, and trusts only pinned actions."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40}")


def steps() -> list[dict[str, Any]]:
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def test_it_runs_the_gate_and_builds_what_is_released() -> None:
    commands = [step["run"] for step in steps() if "run" in step]
    assert ".ci/run" in commands
    assert "make release" in commands
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    gate = re.findall(
        r"^(?:step )?make ([a-z-]+)", (ROOT / ".ci" / "run").read_text(), re.MULTILINE
    )
    assert {"setup", "lint", "test", "test-release"} <= set(gate) <= set(targets)


def test_actions_are_pinned_to_a_commit_and_the_token_reads_only() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []
    assert yaml.safe_load(WORKFLOW.read_text())["permissions"] == {"contents": "read"}
