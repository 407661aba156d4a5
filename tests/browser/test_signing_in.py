"""Signing in and out, and what is kept of the key."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from local.stack import Stack
from tests.browser.console import Console


def test_a_key_opens_the_files_and_stays_in_the_tab(console: Console, page: Page) -> None:
    stored = page.evaluate("() => ({...sessionStorage})")
    assert list(stored.values()) == [console.key]
    assert page.evaluate("() => localStorage.length + document.cookie.length") == 0
    assert console.key not in page.url
    assert console.key not in page.content()
    page.reload()
    expect(page.get_by_role("heading", name="Files", exact=True)).to_be_visible()


def test_another_tab_has_to_sign_in_itself(console: Console, page: Page) -> None:
    other = page.context.new_page()
    assert console.stack.console_url is not None
    other.goto(console.stack.console_url)
    expect(other.get_by_label("API key")).to_be_visible()


@pytest.mark.parametrize("key", ["lg_nobody_has_this_key_0000000000", "sk-of-another-service"])
def test_a_wrong_key_is_refused_with_what_to_do(page: Page, stack: Stack, key: str) -> None:
    console = Console(page, stack, key)
    console.open()
    console.enter(key)
    said = page.get_by_role("alert")
    expect(said).to_contain_text("This API key was rejected")
    expect(page.get_by_label("API key")).to_be_focused()
    expect(page.get_by_label("API key")).to_have_attribute("aria-invalid", "true")
    assert page.evaluate("() => sessionStorage.length") == 0


def test_what_is_no_key_is_never_sent(page: Page, stack: Stack) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    console = Console(page, stack, "")
    console.open()
    console.enter("two words")
    expect(page.get_by_role("alert")).to_contain_text("Paste an API key")
    assert not [url for url in asked if "/limits" in url]


def test_signing_out_forgets_the_key_and_the_files(console: Console, page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_visible()
    assert page.evaluate("() => sessionStorage.length") == 0
    expect(page.locator("table.files")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("API key")).to_be_visible()


def test_a_key_that_is_revoked_meanwhile_leads_back_to_signing_in(
    console: Console, page: Page
) -> None:
    body = json.dumps({"error": {"message": "No.", "code": "invalid_api_key"}})
    page.route(re.compile("/files"), lambda route: route.fulfill(status=401, body=body))
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("alert")).to_contain_text("revoked or expired")
    assert page.evaluate("() => sessionStorage.length") == 0


def test_usage_is_shown_against_the_quotas(console: Console, page: Page) -> None:
    usage = page.get_by_label("Usage of your account")
    expect(usage.get_by_role("meter", name="Files")).to_have_attribute("aria-valuenow", "0")
    expect(usage).to_contain_text("of 50,000")
    page.get_by_role("button", name="Upload a sample file").click()
    expect(usage.get_by_role("meter", name="Files")).to_have_attribute("aria-valuenow", "1")
