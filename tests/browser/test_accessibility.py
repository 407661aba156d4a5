"""Each state of the page against axe's rules, in light and dark, wide and at a phone's width."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from local.stack import Stack
from tests.browser import files
from tests.browser.chromium import axe
from tests.browser.conftest import NewPage
from tests.browser.console import Console
from tests.contract.lines import batch

PHONE = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 860}

Screenshot = Callable[[Page, str], None]


def violations(page: Page) -> list[str]:
    """What axe finds, one line each."""
    page.evaluate(axe())
    found = page.evaluate("() => axe.run()")
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def sideways(page: Page) -> int:
    """How far the page scrolls sideways."""
    scrolled: int = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return scrolled


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_every_state_is_accessible(
    new_page: NewPage,
    stack: Stack,
    api_key: str,
    http: httpx.Client,
    screenshot: Screenshot,
    tmp_path: Path,
    scheme: str,
    size: dict[str, int],
) -> None:
    page = new_page(color_scheme=scheme, viewport=size, reduced_motion="reduce")
    console = Console(page, stack, api_key)
    kind = f"{scheme}-{'phone' if size is PHONE else 'wide'}"

    def look(state: str) -> None:
        screenshot(page, f"{kind}-{state}")
        assert violations(page) == [], state
        assert sideways(page) <= 0, state

    console.open()
    look("1-sign-in")
    console.enter("lg_wrong")
    expect(page.get_by_role("alert")).not_to_be_empty()
    look("2-wrong-key")
    console.enter(api_key)
    expect(page.get_by_text("No files yet")).to_be_visible()
    look("3-empty")

    for number in range(3):
        files.store(http, f"evaluation-{number}.jsonl", batch(40 * number + 1))
    files.store(http, f"a-{'very-' * 20}long-name-with-<script>.jsonl")
    files.store_invalid(http, "invalid.jsonl", files.INVALID)
    files.begin(http, "nightly.jsonl", 60 * files.MIB)
    page.reload()
    expect(console.row("invalid.jsonl").get_by_text("Invalid", exact=True)).to_be_visible()
    console.pick(
        files.write(tmp_path, "new.jsonl"), files.write(tmp_path, "flagged.jsonl", files.INVALID)
    )
    expect(console.upload("new.jsonl")).to_contain_text("Stored and valid")
    expect(console.upload("flagged.jsonl")).to_contain_text("found before the upload")
    expect(console.upload("nightly.jsonl")).to_contain_text("stored")
    look("4-files-and-uploads")

    page.get_by_label("Select evaluation-0.jsonl").check()
    page.get_by_label("Select evaluation-1.jsonl").check()
    look("5-selected")
    page.get_by_label("Selected files").get_by_role("button", name="Delete").click()
    look("6-confirm")
    page.keyboard.press("Escape")
    page.get_by_label("Search the loaded files").fill("nothing has this name")
    look("7-no-match")
    page.get_by_role("button", name="Clear search and filter").click()

    sheet = console.open_file("evaluation-2.jsonl")
    look("8-overview")
    sheet.get_by_role("tab", name="Requests").click()
    expect(sheet.locator("pre").first).to_be_visible()
    look("9-requests")
    sheet.get_by_role("tab", name="Code").click()
    look("10-code")
    page.keyboard.press("Escape")
    sheet = console.open_file("invalid.jsonl")
    expect(sheet.locator(".errors li")).to_have_count(files.INVALID_ERRORS)
    look("11-errors")
    page.keyboard.press("Escape")
    page.context.set_offline(True)
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("alert")).to_contain_text("can't be reached")
    look("12-offline")


def test_everything_is_done_by_keyboard_alone(
    console: Console, page: Page, http: httpx.Client
) -> None:
    files.store(http, "keyboard.jsonl")
    page.get_by_role("button", name="Refresh").click()
    expect(console.row("keyboard.jsonl")).to_be_visible()
    page.get_by_role("link", name="Skip to the files").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    reached = None
    for _ in range(30):
        page.keyboard.press("Tab")
        reached = page.evaluate("() => document.activeElement.textContent")
        if reached == "keyboard.jsonl":
            break
    assert reached == "keyboard.jsonl"
    page.keyboard.press("Enter")
    expect(console.sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(console.sheet).to_have_count(0)
    expect(page.get_by_role("button", name="keyboard.jsonl", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Delete keyboard.jsonl")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("No files yet")).to_be_visible()


def test_a_phone_reaches_every_action(
    new_page: NewPage, stack: Stack, api_key: str, http: httpx.Client
) -> None:
    files.store(http, "phone.jsonl")
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    console = Console(page, stack, api_key)
    console.sign_in()
    row = console.row("phone.jsonl")
    for name in ("Download phone.jsonl", "Delete phone.jsonl"):
        box = row.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40
        assert box["x"] + box["width"] <= PHONE["width"]
    expect(row.get_by_text("Size")).to_have_count(0)  # a label of the style sheet's, not text
    row.get_by_role("button", name="phone.jsonl", exact=True).tap()
    expect(console.sheet).to_be_visible()
    box = console.sheet.bounding_box()
    assert box is not None
    assert round(box["width"]) == PHONE["width"]
