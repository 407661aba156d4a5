"""What --long waits for: planted once, checked when it is due, and not sooner."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accept.operator import Operator
from accept.promises import promises
from accept.rows.long import ABORTED_WITHIN_S, COLLECTED_WITHIN_S, TTL_WITHIN_S
from accept.running import Outcome, check_row
from accept.service import Service
from accept.target import local_operator
from accept.waiting import NotYet, Waiting
from local.stack import Stack
from tests.contract.conftest import NewKey

ROWS = {row.name: row for row in promises()}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "accept.json"


@pytest.fixture
def service(base_url: str, api_key: str, state: Path) -> Service:
    return Service(base_url, api_key, waiting=Waiting(state, base_url))


@pytest.fixture
def operator(stack: Stack) -> Operator:
    return local_operator(stack)


def make_due(state: Path, base_url: str, row: str, late_s: float = 60) -> dict[str, Any]:
    everything = json.loads(state.read_text())
    facts: dict[str, Any] = everything[base_url][row]
    facts["due_at"] = time.time() - late_s
    state.write_text(json.dumps(everything))
    return facts


def test_a_file_that_is_still_answered_after_its_expiry_breaks_the_promise(
    service: Service, state: Path, base_url: str
) -> None:
    assert check_row(ROWS["expiry"], service).outcome is Outcome.NOT_SHOWN
    assert check_row(ROWS["expiry"], service).outcome is Outcome.NOT_SHOWN  # not due yet
    facts = make_due(state, base_url, "expiry")
    assert check_row(ROWS["expiry"], service).outcome is Outcome.NOT_HELD
    service.send("DELETE", f"/files/{facts['file']}")
    assert check_row(ROWS["expiry"], service).outcome is Outcome.HELD
    assert json.loads(state.read_text())[base_url] == {}
    assert service.send("GET", f"/files/{facts['anchor']}").status_code == 404


def test_an_account_that_lost_everything_breaks_the_promise(
    service: Service, state: Path, base_url: str
) -> None:
    check_row(ROWS["expiry"], service)
    facts = make_due(state, base_url, "expiry")
    for name in ("file", "anchor"):
        service.send("DELETE", f"/files/{facts[name]}")
    assert check_row(ROWS["expiry"], service).outcome is Outcome.NOT_HELD


def test_another_accounts_key_shows_nothing(
    service: Service, state: Path, base_url: str, new_key: NewKey
) -> None:
    check_row(ROWS["expiry"], service)
    make_due(state, base_url, "expiry")
    other = Service(base_url, new_key(), waiting=service.waiting)
    result = check_row(ROWS["expiry"], other)
    assert result.outcome is Outcome.NOT_SHOWN
    assert "another account" in result.evidence


def test_a_state_file_serves_several_deployments(state: Path) -> None:
    one, other = Waiting(state, "https://one/v1"), Waiting(state, "https://other/v1")
    for waiting in (one, other):
        with pytest.raises(NotYet, match="run again with --long after"):
            waiting.plant_once("row", lambda: {"due_at": 0})
    one.forget("row")
    assert other.plant_once("row", dict) == {"due_at": 0}


def test_a_record_or_bytes_that_stay_break_the_promise(
    service: Service, state: Path, base_url: str, operator: Operator
) -> None:
    """By rows that need nothing, because the emulator's TTL tells no stream: DELETE stands in."""
    service.operator = operator
    ttl = replace(ROWS["ttl"], needs=frozenset())
    assert "run again with --long after" in check_row(ttl, service).evidence
    facts = make_due(state, base_url, "ttl")
    assert "the record is still there" in check_row(ttl, service).evidence
    make_due(state, base_url, "ttl", late_s=TTL_WITHIN_S + 1)
    assert check_row(ttl, service).outcome is Outcome.NOT_HELD
    service.send("DELETE", f"/files/file-{facts['key'][-26:]}")
    service.until(
        lambda: check_row(ttl, service),
        lambda result: result.outcome is Outcome.HELD,
        within_s=20,
    )
    assert json.loads(state.read_text())[base_url] == {}


def test_bytes_that_nobody_collects_break_the_promise(
    service: Service, state: Path, base_url: str, operator: Operator
) -> None:
    service.operator = operator
    row = replace(ROWS["bytes_collected"], needs=frozenset())
    assert check_row(row, service).outcome is Outcome.NOT_SHOWN
    facts = make_due(state, base_url, "bytes_collected", late_s=COLLECTED_WITHIN_S + 1)
    assert check_row(row, service).outcome is Outcome.NOT_HELD
    operator.client("s3").delete_object(Bucket=operator.outputs["Bucket"], Key=facts["key"])
    assert check_row(row, service).outcome is Outcome.HELD


def test_parts_that_nobody_aborts_break_the_promise(
    service: Service, state: Path, base_url: str, operator: Operator
) -> None:
    service.operator = operator
    row = replace(ROWS["parts_aborted"], needs=frozenset())
    assert check_row(row, service).outcome is Outcome.NOT_SHOWN
    facts = make_due(state, base_url, "parts_aborted", late_s=ABORTED_WITHIN_S + 1)
    assert check_row(row, service).outcome is Outcome.NOT_HELD
    service.send("POST", f"/uploads/upload-{facts['key'][-26:]}/cancel")
    assert check_row(row, service).outcome is Outcome.HELD
