"""Uploads from the page: small, large, paused, resumed after a reload, invalid, cancelled."""

import re
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser import files
from tests.browser.console import Console
from tests.contract.lines import batch, batch_of

LARGE_MIB = 60
SLOW_BYTES_S = 20 * files.MIB


def slow_down(page: Page, upload_bytes_s: int) -> None:
    """Limit what leaves the browser; -1: not at all."""
    devtools = page.context.new_cdp_session(page)
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1}
    devtools.send(
        "Network.emulateNetworkConditions", {**conditions, "uploadThroughput": upload_bytes_s}
    )


def parts_sent(page: Page) -> list[Request]:
    """Requests to the storage from now on, with a part each."""
    sent: list[Request] = []
    page.on("request", lambda each: sent.append(each) if each.method == "PUT" else None)
    return sent


def test_small_files_are_stored_and_appear(
    console: Console, page: Page, http: httpx.Client, tmp_path: Path
) -> None:
    names = [f"small-{number}.jsonl" for number in range(4)]
    console.pick(*(files.write(tmp_path, name) for name in names))
    for name in names:
        expect(console.upload(name)).to_contain_text("Stored and valid · 3 lines")
        expect(console.row(name).get_by_text("Valid", exact=True)).to_be_visible()
    assert len(files.ids(http)) == 4


def test_a_dropped_file_is_stored(console: Console, page: Page) -> None:
    transfer = page.evaluate_handle(
        """(line) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([line], "dropped.jsonl"));
            return transfer;
        }""",
        batch(1).decode(),
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": transfer})
    expect(page.locator("body")).to_have_class("dragging")
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})
    expect(console.upload("dropped.jsonl")).to_contain_text("Stored and valid")


def test_the_sample_file_is_valid(console: Console, page: Page) -> None:
    page.get_by_role("button", name="Upload a sample file").click()
    expect(console.row("sample.jsonl").get_by_text("Valid", exact=True)).to_be_visible()


def test_a_chosen_lifetime_is_kept(
    console: Console, page: Page, http: httpx.Client, tmp_path: Path
) -> None:
    page.get_by_label("Delete after").select_option(label="Delete after 1 hour")
    console.pick(files.write(tmp_path, "short.jsonl"))
    expect(console.upload("short.jsonl")).to_contain_text("Stored and valid")
    (file_id,) = files.ids(http)
    stored = http.get(f"/files/{file_id}").json()
    assert stored["expires_at"] - stored["created_at"] == 3_600


def test_a_large_file_shows_its_progress_and_100_only_with_the_verdict(
    console: Console, page: Page, tmp_path: Path
) -> None:
    slow_down(page, 3 * SLOW_BYTES_S)
    path = files.write_large(tmp_path, "large.jsonl", LARGE_MIB)
    page.evaluate(
        """() => {
            window.seen = [];
            new MutationObserver(() => {
                const bar = document.querySelector("[role=progressbar]");
                const state = document.querySelector("li.upload .state");
                if (bar) window.seen.push([Number(bar.ariaValueNow), state.textContent]);
            }).observe(document.body, {
                subtree: true, childList: true, attributes: true, characterData: true,
            });
        }"""
    )
    console.pick(path)
    expect(console.upload("large.jsonl")).to_contain_text("Stored and valid", timeout=60_000)
    seen: list[tuple[int, str]] = page.evaluate("() => window.seen")
    percents = [percent for percent, _ in seen]
    assert percents == sorted(percents)
    assert len(set(percents)) > 12  # there are fewer parts than that: it moves within one
    assert all(percent < 100 for percent, state in seen if "Stored" not in state)
    assert any("the service is checking the lines" in state for _, state in seen)


def test_a_large_file_is_paused_reloaded_and_resumed_by_choosing_it_again(
    console: Console, page: Page, http: httpx.Client, tmp_path: Path
) -> None:
    path = files.write_large(tmp_path, "large.jsonl", LARGE_MIB)
    slow_down(page, SLOW_BYTES_S // 2)
    with page.expect_event("requestfinished", lambda each: each.method == "PUT", timeout=30_000):
        console.pick(path)
    row = console.upload("large.jsonl")
    row.get_by_role("button", name="Pause large.jsonl").click()
    expect(row).to_contain_text("Paused")
    (pending,) = http.get("/uploads").json()["data"]
    upload_id = pending["id"]
    multipart = http.get(f"/uploads/{upload_id}").json()["multipart"]
    held, missing = multipart["uploaded"], multipart["parts"]
    assert held
    assert missing

    page.reload()
    row = console.upload("large.jsonl")
    expect(row).to_contain_text(re.compile(r"Started .* of 60 MB stored"))
    slow_down(page, -1)
    sent = parts_sent(page)
    with page.expect_file_chooser() as chooser:
        row.get_by_role("button", name="Choose file to resume large.jsonl").click()
    chooser.value.set_files(str(path))
    expect(row).to_contain_text("Stored and valid", timeout=60_000)
    assert len(sent) == len(missing)
    (file_id,) = files.ids(http)
    assert file_id[-26:] == upload_id[-26:]
    assert http.get("/uploads").json()["data"] == []
    content = httpx.get(
        http.get(f"/files/{file_id}/content", params={"redirect": "false"}).json()["location"]
    ).content
    assert content == path.read_bytes()


def test_a_pause_is_ended_by_resuming(console: Console, page: Page, tmp_path: Path) -> None:
    slow_down(page, SLOW_BYTES_S // 2)
    console.pick(files.write_large(tmp_path, "paused.jsonl", 20))
    row = console.upload("paused.jsonl")
    expect(row).to_contain_text(re.compile(r"[1-6]\d %"))
    row.get_by_role("button", name="Pause paused.jsonl").click()
    expect(row.get_by_role("button", name="Resume paused.jsonl")).to_be_focused()
    row.get_by_role("button", name="Resume paused.jsonl").click()
    slow_down(page, -1)
    expect(row).to_contain_text("Stored and valid", timeout=30_000)


def test_another_file_does_not_continue_an_upload(
    console: Console, page: Page, http: httpx.Client, tmp_path: Path
) -> None:
    files.begin(http, "wanted.jsonl", 6 * files.MIB)
    page.reload()
    row = console.upload("wanted.jsonl")
    with page.expect_file_chooser() as chooser:
        row.get_by_role("button", name="Choose file to resume wanted.jsonl").click()
    chooser.value.set_files(str(files.write(tmp_path, "other.jsonl")))
    expect(console.toast("other.jsonl is not the same file.")).to_be_visible()
    row.get_by_role("button", name="Discard wanted.jsonl").click()
    expect(row).to_have_count(0)
    assert http.get("/uploads").json()["data"] == []


def test_a_cancelled_upload_leaves_nothing_behind(
    console: Console, page: Page, http: httpx.Client, tmp_path: Path
) -> None:
    slow_down(page, SLOW_BYTES_S // 4)
    console.pick(files.write_large(tmp_path, "cancelled.jsonl", 20))
    row = console.upload("cancelled.jsonl")
    expect(row.get_by_role("button", name="Pause cancelled.jsonl")).to_be_visible()
    row.get_by_role("button", name="Cancel cancelled.jsonl").click()
    expect(row).to_contain_text("Cancelled")
    slow_down(page, -1)
    page.get_by_role("button", name="Clear finished").click()
    expect(page.get_by_role("region", name="Uploads", exact=True)).to_be_hidden()
    assert http.get("/uploads").json()["data"] == []
    assert files.ids(http) == []


def test_errors_are_found_before_anything_is_sent(
    console: Console, page: Page, http: httpx.Client, tmp_path: Path
) -> None:
    sent: list[str] = []
    page.on("request", lambda each: sent.append(each.method) if each.method != "GET" else None)
    console.pick(files.write(tmp_path, "invalid.jsonl", files.INVALID))
    row = console.upload("invalid.jsonl")
    expect(row).to_contain_text(f"{files.INVALID_ERRORS} errors found before the upload")
    row.get_by_role("button", name="Show errors").click()
    expect(console.sheet.locator(".errors li")).to_have_count(files.INVALID_ERRORS)
    page.keyboard.press("Escape")
    assert sent == []


def test_the_service_has_the_last_word_on_an_invalid_file(
    console: Console, page: Page, http: httpx.Client, tmp_path: Path
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    console.pick(files.write(tmp_path, "invalid.jsonl", files.INVALID))
    row = console.upload("invalid.jsonl")
    row.get_by_role("button", name="Upload anyway").click()
    expect(row).to_contain_text(f"Rejected: {files.INVALID_ERRORS} errors in its lines")
    row.get_by_role("button", name="Show errors").click()
    sheet = console.sheet
    expect(sheet).to_contain_text("5 errors found by the service")
    first, second = sheet.locator(".errors li").nth(0), sheet.locator(".errors li").nth(1)
    expect(first).to_contain_text("Line 2")
    expect(first).to_contain_text("invalid_json_line")
    expect(second).to_contain_text("duplicate_custom_id")
    expect(second).to_contain_text('custom_id "1" was used before, on line 1')
    sheet.get_by_role("button", name="Copy").click()
    expect(console.toast("Copied 5 errors.")).to_be_visible()
    lines = page.evaluate("() => navigator.clipboard.readText()").splitlines()
    assert lines[0] == "line\tcode\tparam\tmessage"
    assert lines[2].startswith("3\tduplicate_custom_id\tcustom_id\t")
    with page.expect_download() as saved:
        sheet.get_by_role("button", name="Save").click()
    assert saved.value.suggested_filename == "invalid.jsonl.errors.tsv"
    assert Path(saved.value.path()).read_text().splitlines() == lines
    assert files.ids(http) == []


def test_a_large_invalid_file_is_refused_and_named(
    console: Console, page: Page, http: httpx.Client, tmp_path: Path
) -> None:
    content = batch_of(5 * files.MIB) + b"{}\n"
    console.pick(files.write(tmp_path, "large.jsonl", content))
    row = console.upload("large.jsonl")
    row.get_by_role("button", name="Upload anyway").click()
    expect(row).to_contain_text("Rejected: 4 errors in its lines", timeout=30_000)
    assert files.ids(http) == []


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (403, "quota_exceeded", "A quota of your account is reached"),
        (413, "request_too_large", "larger than the service accepts"),
        (429, "rate_limit_exceeded", "Too many requests. Wait a moment"),
        (503, "internal_error", "The service failed."),
    ],
)
def test_a_refusal_says_what_to_do_and_can_be_retried(
    console: Console, page: Page, tmp_path: Path, status: int, code: str, said: str
) -> None:
    body = {"error": {"message": "Refused.", "code": code, "type": "x", "param": None}}
    refusing = re.compile("/(files|uploads)$")
    page.route(
        refusing,
        lambda route: (
            route.fulfill(status=status, json=body)
            if route.request.method == "POST"
            else route.fallback()
        ),
    )
    console.pick(files.write_large(tmp_path, "refused.jsonl", 5))
    row = console.upload("refused.jsonl")
    expect(row).to_contain_text(said)
    page.unroute(refusing)
    row.get_by_role("button", name="Retry refused.jsonl").click()
    expect(row).to_contain_text("Stored and valid")


def test_a_throttled_list_says_how_long_to_wait(console: Console, page: Page) -> None:
    body = {"error": {"message": "Slow down.", "code": "rate_limit_exceeded"}}
    throttling = re.compile(r"/files\?")
    page.route(
        throttling, lambda route: route.fulfill(status=429, json=body, headers={"Retry-After": "2"})
    )
    page.get_by_role("button", name="Refresh").click()
    said = console.toast("Too many requests. Wait 2 seconds, then try again.")
    expect(said).to_be_visible(timeout=15_000)


def test_without_a_connection_the_page_says_so_and_recovers(console: Console, page: Page) -> None:
    page.context.set_offline(True)
    page.get_by_role("button", name="Refresh").click()
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("The service can't be reached")
    page.context.set_offline(False)
    expect(banner).to_be_hidden()
