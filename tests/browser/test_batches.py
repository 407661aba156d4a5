"""Batches, where the deployment has a model endpoint: begun from a file, followed, and read."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.browser import files
from tests.browser.console import Console
from tests.contract.lines import batch

ENDED_MS = 90_000


def test_a_batch_is_begun_from_a_file_and_its_results_are_read(
    console: Console, page: Page, http: httpx.Client
) -> None:
    file_id = files.store(http, "questions.jsonl", batch(5))
    page.get_by_role("button", name="Refresh").click()
    console.open_file("questions.jsonl")
    console.sheet.get_by_role("button", name="Start a batch").click()
    expect(page.get_by_role("heading", name="Batches", exact=True)).to_be_visible()
    row = page.locator("li.batch")
    expect(row.get_by_text("Completed")).to_be_visible(timeout=ENDED_MS)
    expect(row).to_contain_text("5 of 5 requests")
    (begun,) = http.get("/batches").json()["data"]
    assert (begun["input_file_id"], begun["endpoint"]) == (file_id, "/v1/chat/completions")
    row.get_by_role("button", name=re.compile("^Results of batch-")).click()
    expect(console.sheet.get_by_role("heading", name=f"{begun['id']}_output.jsonl")).to_be_visible()
    console.sheet.get_by_role("tab", name="Lines").click()
    expect(console.sheet.locator(".preview details")).to_have_count(5)
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Batches", exact=True)).to_be_visible()
    page.get_by_role("link", name="Files", exact=True).click()
    expect(console.row("questions.jsonl")).to_be_visible()


def test_without_batches_there_is_no_way_to_them(console: Console, page: Page) -> None:
    missing = {"error": {"message": "No such route.", "code": "not_found"}}
    page.route(re.compile("/batches"), lambda route: route.fulfill(status=404, json=missing))
    page.reload()
    expect(console.shown).to_have_text("0 files")
    expect(page.get_by_role("link", name="Batches")).to_be_hidden()
