"""The sheet of one file: what is known, its errors, a preview, a download, code that works."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from local.layout import ROOT
from tests.browser import files
from tests.browser.console import Console
from tests.contract.lines import batch, batch_of
from tests.contract.node_client import BIN, installed


def open_new(console: Console, http: httpx.Client, name: str, content: bytes | None = None) -> str:
    file_id = files.store(http, name, content)
    console.page.get_by_role("button", name="Refresh").click()
    console.open_file(name)
    return file_id


def test_its_facts_and_its_address(console: Console, page: Page, http: httpx.Client) -> None:
    file_id = open_new(console, http, "facts.jsonl")
    stored = http.get(f"/files/{file_id}").json()
    expect(console.sheet).to_contain_text(stored["sha256"])
    expect(console.sheet).to_contain_text("2 requests")
    assert page.url.endswith(f"#{file_id}")
    page.reload()
    expect(console.sheet).to_contain_text(stored["sha256"])
    page.keyboard.press("Escape")
    expect(console.sheet).to_have_count(0)
    assert "#" not in page.url


def test_the_errors_of_a_stored_file_with_their_total(
    console: Console, page: Page, http: httpx.Client
) -> None:
    files.store_invalid(http, "invalid.jsonl", b"{}\n" * 60)  # 4 errors each
    page.get_by_role("button", name="Refresh").click()
    expect(console.row("invalid.jsonl").get_by_text("Invalid", exact=True)).to_be_visible()
    sheet = console.open_file("invalid.jsonl")
    expect(sheet.get_by_role("tab", name="Errors")).to_have_attribute("aria-selected", "true")
    expect(sheet).to_contain_text("240 errors in 60 requests. The first 100 are listed.")
    expect(sheet.locator(".errors li")).to_have_count(100)


def test_a_preview_reads_only_the_beginning(
    console: Console, page: Page, http: httpx.Client
) -> None:
    open_new(console, http, "preview.jsonl", batch_of(3 * files.MIB))
    with page.expect_response(lambda answer: "X-Amz-Signature" in answer.url) as answer:
        console.sheet.get_by_role("tab", name="Requests").click()
    expect(console.sheet.locator(".preview details")).to_have_count(10)
    expect(console.sheet).to_contain_text("The first 10 requests of 3,072.")
    expect(console.sheet.locator("pre").first).to_contain_text('"custom_id": "request-000000"')
    assert answer.value.status == 206
    assert len(answer.value.body()) == 128 * 1_024


def test_a_short_file_is_shown_whole(console: Console, page: Page, http: httpx.Client) -> None:
    open_new(console, http, "short.jsonl", batch(3))
    console.sheet.get_by_role("tab", name="Requests").click()
    expect(console.sheet).to_contain_text("All 3 requests of this file.")


def test_arrow_keys_move_between_the_tabs(console: Console, page: Page, http: httpx.Client) -> None:
    open_new(console, http, "keys.jsonl")
    page.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Requests")).to_be_focused()
    page.keyboard.press("End")
    expect(page.get_by_role("tab", name="Code")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Overview")).to_be_focused()


@pytest.mark.parametrize("size", [1_000, 5 * files.MIB])
def test_a_download_is_the_file_under_its_own_name(
    console: Console, page: Page, http: httpx.Client, tmp_path: Path, size: int
) -> None:
    path = files.write(tmp_path, "größe.jsonl", batch_of(size, 500))
    console.pick(path)
    expect(console.row("größe.jsonl")).to_be_visible()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download größe.jsonl").click()
    assert saved.value.suggested_filename == "größe.jsonl"
    assert Path(saved.value.path()).read_bytes() == path.read_bytes()


def test_deleting_closes_the_sheet(console: Console, page: Page, http: httpx.Client) -> None:
    open_new(console, http, "gone.jsonl")
    console.sheet.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete", exact=True).click()
    expect(console.sheet).to_have_count(0)
    expect(console.toast("Deleted 1 file.")).to_be_visible()
    assert files.ids(http) == []


def snippets(console: Console, language: str) -> dict[str, str]:
    """The code that the open sheet has in a language, by its titles."""
    console.sheet.get_by_role("tab", name="Code").click()
    console.sheet.get_by_role("radio", name=language).check(force=True)
    found = console.sheet.locator(".snippet")
    texts = [found.nth(at).locator("pre").inner_text() for at in range(found.count())]
    titles = [found.nth(at).locator("h3").inner_text() for at in range(found.count())]
    return dict(zip(titles, texts, strict=True))


def run(language: str, code: str, key: str, folder: Path) -> str:
    environment = {
        **os.environ,
        "LINEGATE_API_KEY": key,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }
    if language == "Node":
        modules = folder / "node_modules"
        if not modules.exists():
            modules.mkdir()
            (modules / "openai").symlink_to(installed() / "node_modules" / "openai")
            (modules / "linegate").symlink_to(ROOT / "client" / "node")
        (folder / "snippet.mjs").write_text(code)
    commands = {
        "Python": [sys.executable, "-c", code],
        "Node": ["node", "--preserve-symlinks", "snippet.mjs"],
        "curl": ["bash", "-euc", code.replace("curl ", "curl -sf ", 1)],
    }
    done = subprocess.run(
        commands[language], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("language", ["Python", "Node", "curl"])
def test_the_code_that_is_shown_works(
    console: Console, page: Page, http: httpx.Client, tmp_path: Path, language: str
) -> None:
    files.write(tmp_path, "requests.jsonl", batch(2))
    page.get_by_role("button", name="Use from code").click()
    account = snippets(console, language)
    page.keyboard.press("Escape")
    assert "processed" in run(language, account["Upload a file"], console.key, tmp_path)
    (file_id,) = files.ids(http)
    assert file_id in run(language, account["List files"], console.key, tmp_path)

    page.get_by_role("button", name="Refresh").click()
    console.open_file("requests.jsonl")
    own = snippets(console, language)
    assert list(own) == ["Retrieve", "Download", "Errors of its lines", "Delete"]
    assert "processed" in run(language, own["Retrieve"], console.key, tmp_path)
    run(language, own["Download"], console.key, tmp_path)
    assert (tmp_path / f"{file_id}.jsonl").read_bytes() == batch(2)
    assert "0" in run(language, own["Errors of its lines"], console.key, tmp_path)
    run(language, own["Delete"], console.key, tmp_path)
    assert files.ids(http) == []
    for code in (*account.values(), *own.values()):
        assert console.key not in code
