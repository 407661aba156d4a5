"""The console in a real browser, on the deployed local stack.

Every page here is watched: it may send requests to the API and the storage and to nobody else, the
key to the API alone, and nothing that its policy forbids.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from local.layout import RUN
from local.stack import Stack
from tests.browser.chromium import chromium
from tests.browser.console import Console
from tests.contract.conftest import api_key, aws, base_url, http, new_key, stack

__all__ = ["api_key", "aws", "base_url", "http", "new_key", "stack"]

SCREENSHOTS = RUN / "screenshots"
TIMEOUT_MS = 15_000

expect.set_options(timeout=TIMEOUT_MS)

NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found.program, env=dict(found.environment), args=["--no-sandbox"]
        )
        yield running
        running.close()


@pytest.fixture
def new_page(browser: Browser, stack: Stack) -> Iterator[NewPage]:
    """Opens a page with options of a browser's context: `new_page(color_scheme="dark")`."""
    contexts: list[BrowserContext] = []
    watched = Watched(stack)

    def open_page(**options: object) -> Page:
        size = {"width": 1280, "height": 860}
        context = browser.new_context(**{"viewport": size, **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(TIMEOUT_MS)
        context.on("request", watched.request)
        page = context.new_page()
        page.on("pageerror", lambda error: watched.errors.append(str(error)))
        page.on("console", lambda said: watched.said(said.text))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watched.elsewhere == []
    assert watched.keys_elsewhere == []
    assert watched.errors == []


class Watched:
    """What pages did that they must not."""

    def __init__(self, stack: Stack) -> None:
        self._api = f"{stack.base_url}/"
        self._storage = f"{stack.endpoint_url}/{stack.bucket}/"
        self.elsewhere: list[str] = []
        self.keys_elsewhere: list[str] = []
        self.errors: list[str] = []

    def request(self, request: Request) -> None:
        url = request.url.split("?")[0]
        if url.startswith(("blob:", "data:")):
            return
        if not url.startswith((self._api, self._storage)):
            self.elsewhere.append(url)
        if "authorization" in request.headers and not url.startswith(self._api):
            self.keys_elsewhere.append(url)

    def said(self, text: str) -> None:
        """Refused answers are some tests' subject; anything else that is said is a fault."""
        if not text.startswith("Failed to load resource:"):
            self.errors.append(text)


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


@pytest.fixture
def console(page: Page, stack: Stack, api_key: str) -> Console:
    """Signed in, to an account that nobody else has."""
    opened = Console(page, stack, api_key)
    opened.sign_in()
    return opened


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keeps a picture of a page, where LINEGATE_SCREENSHOTS asks for them."""

    def keep(page: Page, name: str) -> None:
        if os.environ.get("LINEGATE_SCREENSHOTS"):
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"))

    return keep
