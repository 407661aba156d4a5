"""The table: paging while files come and go, filters, deleting, expiry, and hostile names."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from lambdas.domain.ids import ulid_of_file
from local.stack import Stack
from tests.browser import files
from tests.browser.console import Console


@pytest.fixture
def many(http: httpx.Client) -> list[str]:
    """The ids of 45 files, oldest first."""
    return [files.store(http, f"requests-{number:02}.jsonl") for number in range(45)]


def load_all(page: Page) -> None:
    more = page.locator("section[aria-label='Files'] .foot button")
    while more.is_visible():
        with page.expect_response(lambda answer: "/files?" in answer.url):
            more.click()
        expect(more).to_be_enabled()


@pytest.mark.parametrize("order", ["desc", "asc"])
def test_45_files_are_paged_without_loss_while_files_come_and_go(
    many: list[str], console: Console, page: Page, http: httpx.Client, order: str
) -> None:
    page.get_by_label("Order").select_option(order)
    expect(console.rows).to_have_count(20)
    expect(console.shown).to_have_text("20 files loaded, and there are more")
    last = console.ids()[-1]
    http.delete(f"/files/{last}").raise_for_status()  # the next page begins after it
    added = files.store(http, "added.jsonl")
    load_all(page)
    page.get_by_role("button", name="Refresh").click()
    wanted = [*(each for each in many if each != last), added]
    expect(console.row("added.jsonl")).to_be_visible()
    expect(page.locator(f"tr[data-id='{last}']")).to_have_count(0)
    assert console.ids() == (wanted if order == "asc" else wanted[::-1])
    expect(console.shown).to_have_text("45 files")


def test_what_another_client_does_is_seen_without_reloading(
    console: Console, page: Page, http: httpx.Client
) -> None:
    page.clock.install()
    kept, gone = files.store(http, "kept.jsonl"), files.store(http, "gone.jsonl")
    page.get_by_role("button", name="Refresh").click()
    expect(console.rows).to_have_count(2)
    http.delete(f"/files/{gone}").raise_for_status()
    page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(console.rows).to_have_count(1)
    assert console.ids() == [kept]


def test_the_search_looks_at_what_is_loaded_and_says_so(
    many: list[str], console: Console, page: Page
) -> None:
    page.get_by_label("Search the loaded files").fill("requests-4")
    expect(console.rows).to_have_count(5)
    expect(console.shown).to_have_text("5 of the 20 files loaded, and there are more match")
    page.get_by_label("Search the loaded files").fill(many[0])
    expect(page.get_by_text("No loaded file matches")).to_be_visible()
    load_all(page)
    assert console.ids() == [many[0]]
    page.get_by_label("Search the loaded files").fill("")
    expect(console.rows).to_have_count(45)


def test_status_and_purpose_narrow_the_list(
    console: Console, page: Page, http: httpx.Client
) -> None:
    files.store(http, "valid.jsonl")
    invalid = files.store_invalid(http, "invalid.jsonl")
    page.get_by_role("button", name="Refresh").click()
    expect(console.row("invalid.jsonl").get_by_text("Invalid", exact=True)).to_be_visible()
    page.get_by_label("Status").select_option(label="Invalid")
    expect(console.rows).to_have_count(1)
    assert console.ids() == [invalid]
    page.get_by_label("Purpose", exact=True).select_option("batch_output")
    expect(page.get_by_text("No files yet")).to_be_visible()
    page.get_by_label("Purpose", exact=True).select_option("batch")
    expect(console.rows).to_have_count(1)


def test_several_files_are_deleted_after_a_confirmation(
    console: Console, page: Page, http: httpx.Client
) -> None:
    stored = [files.store(http, f"{number}.jsonl") for number in range(12)]
    page.get_by_role("button", name="Refresh").click()
    for number in range(11):
        page.get_by_label(f"Select {number}.jsonl").check()
    bar = page.get_by_label("Selected files")
    expect(bar).to_contain_text("11 files selected")
    bar.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("alertdialog", name="Delete 11 files?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    expect(dialog).to_contain_text("and 3 more")
    page.keyboard.press("Escape")
    assert len(files.ids(http)) == 12
    bar.get_by_role("button", name="Delete").click()
    http.delete(f"/files/{stored[0]}")  # by somebody else, meanwhile
    page.get_by_role("button", name="Delete 11 files").click()
    expect(console.toast("Deleted 11 files.")).to_be_visible()
    expect(console.rows).to_have_count(1)
    assert files.ids(http) == [stored[11]]
    expect(bar).to_be_hidden()


def test_ids_are_copied(console: Console, page: Page, http: httpx.Client) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stored = [files.store(http, f"{number}.jsonl") for number in range(2)]
    page.get_by_role("button", name="Refresh").click()
    page.get_by_label("Select all shown files").check()
    page.get_by_role("button", name="Copy ids").click()
    expect(console.toast("Copied 2 ids.")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()").split("\n") == stored[::-1]


def test_a_file_that_expires_while_the_page_is_open_is_seen_to_go(
    console: Console,
    page: Page,
    http: httpx.Client,
    aws: Callable[[str], Any],
    stack: Stack,
) -> None:
    file_id = files.store(http, "short.jsonl")
    files.store(http, "long.jsonl")
    table = aws("dynamodb")
    found = table.scan(
        TableName=stack.files_table,
        FilterExpression="SK = :sk",
        ExpressionAttributeValues={":sk": {"S": f"FILE#{ulid_of_file(file_id)}"}},
    )
    (item,) = found["Items"]
    at = int(time.time()) + 6
    table.put_item(TableName=stack.files_table, Item={**item, "expires_at": {"N": str(at)}})
    page.get_by_role("button", name="Refresh").click()
    row = console.row("short.jsonl")
    expect(row).to_contain_text("seconds")
    expect(row.get_by_text("Expired", exact=True)).to_be_visible(timeout=15_000)
    expect(row.get_by_role("button", name="Download short.jsonl")).to_be_disabled()
    expect(console.rows).to_have_count(1)
    expect(console.row("long.jsonl")).to_be_visible()


HOSTILE = [
    "<script>document.title='taken'</script>.jsonl",
    "<img src=x onerror=document.title='taken'>.jsonl",
    "größe 数据 🚀 \u05d0\u05d1.jsonl",
    '"; rm -rf ~; echo ".jsonl',
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_wherever_it_is_shown(
    console: Console, page: Page, http: httpx.Client, name: str
) -> None:
    files.store(http, name)
    page.get_by_role("button", name="Refresh").click()
    sheet = console.open_file(name)
    expect(sheet.get_by_role("heading", name=name)).to_be_visible()
    sheet.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("alertdialog")).to_contain_text(name)
    assert page.title() == "Files · Linegate"
    assert page.locator("body script, body img, body iframe").count() == 0


def test_a_character_that_turns_a_name_round_is_shown_by_its_code(
    console: Console, page: Page, http: httpx.Client
) -> None:
    files.store(http, "invoice\u202egpj.jsonl")
    page.get_by_role("button", name="Refresh").click()
    expect(console.row("invoice⟨U+202E⟩gpj.jsonl")).to_be_visible()
