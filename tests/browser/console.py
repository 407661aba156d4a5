"""The console as a person meets it: by its labels and roles."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from local.stack import Stack


class Console:
    def __init__(self, page: Page, stack: Stack, key: str) -> None:
        self.page = page
        self.stack = stack
        self.key = key

    def open(self) -> None:
        assert self.stack.console_url is not None
        self.page.goto(self.stack.console_url)

    def sign_in(self) -> None:
        self.open()
        self.enter(self.key)
        expect(self.page.get_by_role("heading", name="Files", exact=True)).to_be_visible()
        expect(self.shown).not_to_have_text("Loading…")

    def enter(self, key: str) -> None:
        self.page.get_by_label("API key").fill(key)
        self.page.get_by_role("button", name="Sign in").click()

    @property
    def shown(self) -> Locator:
        """The line that says how much is loaded."""
        return self.page.locator("section[aria-label='Files'] .foot .shown")

    @property
    def rows(self) -> Locator:
        return self.page.locator("table.files tbody tr[data-id]")

    def row(self, name: str) -> Locator:
        return self.rows.filter(has=self.page.get_by_role("button", name=name, exact=True))

    def ids(self) -> list[str]:
        """What is shown, in its order."""
        ids = self.rows.evaluate_all("rows => rows.map(row => row.dataset.id)")
        return [str(each) for each in ids]

    def pick(self, *paths: Path) -> None:
        """Choose files for an upload, as a file picker does."""
        self.page.get_by_label("Files to upload").set_input_files([str(path) for path in paths])

    def upload(self, name: str) -> Locator:
        """The row of an upload."""
        return self.page.locator("li.upload").filter(has_text=name)

    def open_file(self, name: str) -> Locator:
        self.row(name).get_by_role("button", name=name, exact=True).click()
        return self.sheet

    @property
    def sheet(self) -> Locator:
        return self.page.locator("dialog.sheet")

    def toast(self, text: str) -> Locator:
        return self.page.locator("#toasts").get_by_text(text)
