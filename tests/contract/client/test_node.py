"""The package for Node: its own upload, against the local stack."""

import json
import sys
from pathlib import Path

from tests.contract.client.conftest import HERE, run
from tests.contract.client.test_sdks import MODULE, environment

NODE = Path(sys.executable).with_name("node")


def test_an_upload_pauses_within_a_part_and_resumes(
    base_url: str, api_key: str, large: Path
) -> None:
    script = HERE / "node" / "upload.mjs"
    found = json.loads(run(NODE, script, MODULE, base_url, large, env=environment(api_key)))
    size = large.stat().st_size
    assert found["reason"] == "AbortError"
    assert 0 < found["heldBytes"] < found["sent"] < size
    assert found["calls"] > 2
    assert found["last"]["sentBytes"] == found["last"]["totalBytes"] == size
    stored = found["stored"]
    assert (stored["status"], stored["filename"], stored["bytes"]) == (
        "processed",
        "größe.jsonl",
        size,
    )
