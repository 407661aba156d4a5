"""The page's look at a file before the upload, beside the service's check of the same bytes."""

import base64
import dataclasses
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from linegate.jsonl import CheckLimits, check
from tests.unit.jsonl.generator import Generator

BODIES = 1_500
SEED = 20
SCRIPT = Path(__file__).with_name("check_bodies.mjs")
NODE = Path(sys.executable).with_name("node")


def rules_of(limits: CheckLimits) -> dict[str, Any]:
    """As `GET /limits` shows them."""
    return {
        row.metadata["wire"]: getattr(limits, row.name) for row in dataclasses.fields(CheckLimits)
    }


def test_no_file_that_the_service_takes_is_flagged_and_few_that_it_refuses_are_not() -> None:
    generator = Generator(SEED)
    cases = []
    for _ in range(BODIES):
        limits = generator.limits()
        cases.append((generator.body(limits), limits))
    asked = [
        {"body": base64.b64encode(body).decode(), "rules": rules_of(limits)}
        for body, limits in cases
    ]
    command = [str(NODE), str(SCRIPT)]
    done = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    valid = refused = missed = 0
    for (body, limits), here in zip(cases, found, strict=True):
        there = check(io.BytesIO(body), limits=limits)
        if there.valid:
            valid += 1
            assert here["errorCount"] == 0, (body, here["errors"])
            assert here["requests"] == there.requests, body
        else:
            refused += 1
            missed += here["errorCount"] == 0
    assert valid > BODIES // 20
    assert missed < refused // 10


def test_a_line_is_found_where_the_service_finds_it() -> None:
    line = {"custom_id": "1", "method": "POST", "url": "/v1/embeddings", "body": {"model": "m"}}
    good = json.dumps(line).encode()
    long_line = json.dumps({**line, "custom_id": "long", "pad": "x" * 2_000}).encode()
    lines = [b"", good, b"{", b"\xff", good, b"[]", long_line, b'{"custom_id": ""}']
    limits = CheckLimits(line_bytes=1_000)
    body = b"\n".join(lines)
    asked = [{"body": base64.b64encode(body).decode(), "rules": rules_of(limits)}]
    done = subprocess.run(
        [str(NODE), str(SCRIPT)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    (here,) = json.loads(done.stdout)
    there = check(io.BytesIO(body), limits=limits)
    assert [(e["line"], e["code"], e["param"]) for e in here["errors"]] == [
        (error.line, error.code, error.param) for error in there.errors
    ]
    assert here["errorCount"] == there.error_count
