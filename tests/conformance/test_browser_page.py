"""A page on an allowed origin uses the deployed local stack from a real browser.

The stack has a port and a folder of its own, because others are deployed without CORS. What a
deployer sets in cdk.json comes from the CDK's file for a user's own settings here.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.layout import ROOT
from local.stack import Stack
from tests.conformance.browser import Pages, find_browser, run_page, serving
from tests.conformance.conftest import ASKED, OUTCOMES
from tests.conformance.server import Absent
from tests.contract.lines import batch_of
from tests.contract.node_client import installed
from tests.ports import free_port

MIB = 1 << 20
CONTENT = batch_of(9 * MIB + 1_000)
DEPLOY_TIMEOUT_S = 240
CHECK_TIMEOUT_S = 60

PAGE = """<!doctype html><meta charset="utf-8"><script type="module">
import OpenAI from "/openai/index.mjs";
const {base_url, api_key, file_id} = await (await fetch("/settings.json")).json();
const report = {};
const attempt = async (name, work) => {
  try { report[name] = await work(); } catch (error) { report[name] = String(error); }
};
const sha256 = async (bytes) =>
  [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");
await attempt("location", async () => {
  const headers = {Authorization: `Bearer ${api_key}`};
  const answer = await fetch(`${base_url}/files/${file_id}/content?redirect=false`, {headers});
  const {location, ...told} = await answer.json();
  const bytes = await (await fetch(location)).arrayBuffer();
  return {status: answer.status, told, bytes: bytes.byteLength, sha256: await sha256(bytes)};
});
await attempt("sdk", async () => {
  const client = new OpenAI(
    {baseURL: base_url, apiKey: api_key, dangerouslyAllowBrowser: true, maxRetries: 0});
  const line = {custom_id: "1", method: "POST", url: "/v1/embeddings", body: {model: "m"}};
  const file = new File([JSON.stringify(line)], "größe.jsonl");
  const created = await client.files.create({file, purpose: "batch"});
  const listed = (await client.files.list({order: "desc", limit: 1})).data[0];
  const content = await (await client.files.content(created.id)).text();
  const deleted = await client.files.delete(created.id);
  return {status: created.status, filename: listed.filename, content, deleted: deleted.deleted};
});
await fetch("/report", {method: "POST", body: JSON.stringify(report)});
</script>
"""


@dataclass(frozen=True)
class Opened:
    """What the page reported, and the file that it was given."""

    report: Mapping[str, Any]
    content: bytes


@pytest.fixture(scope="module")
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Opened]:
    outcomes = request.config.stash.setdefault(OUTCOMES, {})
    try:
        browser = find_browser()
    except Absent as absent:
        outcomes["browser"] = f"DID NOT RUN: {absent}"
        if ASKED == "required":
            pytest.fail(f"required, but did not run: {absent}", pytrace=False)
        pytest.skip(f"did not run: {absent}")
    outcomes["browser"] = "ran"
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.html").write_text(PAGE)
    (folder / "openai").symlink_to(installed() / "node_modules" / "openai")
    with serving(folder) as pages:
        stack = deploy(pages, tmp_path_factory)
        try:
            file_id = upload(stack, CONTENT)
            told = {"base_url": stack.base_url, "api_key": stack.api_key, "file_id": file_id}
            (folder / "settings.json").write_text(json.dumps(told))
            profile = tmp_path_factory.mktemp("profile")
            yield Opened(run_page(browser, pages, "page.html", profile), CONTENT)
        finally:
            assert stack.pid is not None
            os.killpg(stack.pid, signal.SIGKILL)  # with its functions; nobody wants its state


def deploy(pages: Pages, folders: pytest.TempPathFactory) -> Stack:
    """A stack whose one allowed origin is the page's."""
    folder, home, port = folders.mktemp("stack"), folders.mktemp("home"), free_port()
    context = {"context": {"allowed_origins": pages.origin}}
    (home / ".cdk.json").write_text(json.dumps(context))
    caches = {"UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv"))}
    up = subprocess.run(
        [sys.executable, "-m", "local", "up", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | caches | {"HOME": str(home), "LINEGATE_RUN_FOLDER": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEPLOY_TIMEOUT_S,
        check=False,
    )
    log = folder / "deploy.log"
    assert up.returncode == 0, up.stderr + (log.read_text()[-4_000:] if log.exists() else "")
    return Stack(**json.loads((folder / "stack.json").read_text()))


def upload(stack: Stack, content: bytes) -> str:
    """Store `content` in presigned parts; its file's id, once it is checked."""
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    with httpx.Client(base_url=stack.base_url, headers=headers, timeout=60) as http:
        asked = {"filename": "large.jsonl", "purpose": "batch", "bytes": len(content)}
        begun = http.post("/uploads", json=asked).json()
        size = begun["multipart"]["part_size"]
        for part in begun["multipart"]["parts"]:
            start = (part["part_number"] - 1) * size
            piece = content[start : start + part["bytes"]]
            httpx.put(part["url"], content=piece, timeout=60).raise_for_status()
        file_id: str = http.post(f"/uploads/{begun['id']}/complete", json={}).json()["file"]["id"]
        deadline = time.monotonic() + CHECK_TIMEOUT_S
        while http.get(f"/files/{file_id}").json()["status"] == "uploaded":
            assert time.monotonic() < deadline, "the file was not checked"
            time.sleep(0.2)
    return file_id


def test_a_page_downloads_more_than_a_redirect_lets_it(opened: Opened) -> None:
    sha256 = hashlib.sha256(opened.content).hexdigest()
    got = opened.report["location"]
    assert isinstance(got, dict), got
    assert (got["status"], got["bytes"], got["sha256"]) == (200, len(opened.content), sha256)
    assert (got["told"]["bytes"], got["told"]["sha256"]) == (len(opened.content), sha256)


def test_the_stock_client_works_in_a_page(opened: Opened) -> None:
    got = opened.report["sdk"]
    assert isinstance(got, dict), got
    assert (got["status"], got["filename"]) == ("processed", "größe.jsonl")
    assert json.loads(got["content"])["custom_id"] == "1"
    assert got["deleted"] is True
