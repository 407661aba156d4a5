"""What the service has beyond OpenAI's API, reached with the stock client and with curl."""

import hashlib
import json
import shutil
import subprocess
from typing import Any, cast

import httpx
from openai import OpenAI

from lambdas.domain.version import VERSION
from tests.contract.lines import batch

UPLOAD = {"filename": "in.jsonl", "purpose": "batch", "bytes": 1_000}


def get(client: OpenAI, path: str) -> dict[str, Any]:
    return cast("dict[str, Any]", client.get(path, cast_to=object))


def test_a_file_carries_its_sha256(client: OpenAI) -> None:
    content = batch(3)
    file = client.files.create(file=("in.jsonl", content), purpose="batch")
    sha256 = hashlib.sha256(content).hexdigest()
    assert file.to_dict()["sha256"] == sha256
    assert client.files.retrieve(file.id).to_dict()["sha256"] == sha256


def test_content_without_a_redirect_is_fetched_without_the_key(client: OpenAI) -> None:
    content = batch(3)
    file = client.files.create(file=("in.jsonl", content), purpose="batch")
    found = get(client, f"/files/{file.id}/content?redirect=false")
    assert (found["bytes"], found["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert httpx.get(found["location"]).content == content


def test_the_limits_show_what_the_account_holds(client: OpenAI) -> None:
    client.files.create(file=("in.jsonl", batch(3)), purpose="batch")
    limits = get(client, "/limits")
    assert limits["version"] == VERSION
    assert limits["usage"] == {"files": 1, "bytes": len(batch(3)), "pending_uploads": 0}


def test_pending_uploads_are_listed_until_they_end(client: OpenAI, http: httpx.Client) -> None:
    empty = get(client, "/uploads")
    assert (empty["data"], empty["first_id"], empty["last_id"]) == ([], "", "")
    ids = [http.post("/uploads", json=UPLOAD).json()["id"] for _ in range(3)]
    first = get(client, "/uploads?limit=2")
    rest = get(client, f"/uploads?limit=2&after={first['last_id']}")
    assert [upload["id"] for upload in first["data"] + rest["data"]] == ids
    for upload_id in ids:
        client.uploads.cancel(upload_id)
    assert get(client, "/uploads")["data"] == []


def test_an_unknown_purpose_lists_nothing(client: OpenAI) -> None:
    client.files.create(file=("in.jsonl", batch(1)), purpose="batch")
    assert client.files.list(purpose="evals").data == []


def test_curl_sends_json_without_naming_its_type(base_url: str, api_key: str) -> None:
    curl = shutil.which("curl")
    assert curl is not None
    command = [curl, "-sS", f"{base_url}/uploads", "-H", f"Authorization: Bearer {api_key}"]
    ran = subprocess.run([*command, "-d", json.dumps(UPLOAD)], capture_output=True, check=True)
    assert json.loads(ran.stdout)["status"] == "pending"


def test_no_answer_may_be_kept_or_taken_for_a_page(http: httpx.Client) -> None:
    """Neither a function's, nor the gateway's own: an unknown route, and the warm-up."""
    for path, status in (("/files", 200), ("/nowhere", 404), ("/tcp_warming", 200)):
        answer = http.get(path)
        assert answer.status_code == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
