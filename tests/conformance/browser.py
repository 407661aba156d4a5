"""A headless Chromium that runs one page's script, and the page's own web server.

The browser is this machine's (Debian: chromium or chromium-headless-shell). The page reports by a
POST to its own server, so nothing is parsed out of the browser and no time is guessed.
"""

import json
import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.conformance.server import Absent

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
REPORT_TIMEOUT_S = 120


def find_browser() -> str:
    """The browser's program. Raises Absent."""
    for name in BROWSERS:
        if (found := shutil.which(name)) is not None:
            return found
    raise Absent(f"there is no browser here: {', '.join(BROWSERS)}")


class Pages:
    """A web server for a folder on a port of its own, and what its pages report."""

    def __init__(self, folder: Path) -> None:
        self.reports: queue.Queue[Any] = queue.Queue()
        handler = partial(_Handler, self.reports, directory=str(folder))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def serving(folder: Path) -> Iterator[Pages]:
    pages = Pages(folder)
    thread = threading.Thread(target=pages.server.serve_forever)
    thread.start()
    try:
        yield pages
    finally:
        pages.server.shutdown()
        thread.join()
        pages.server.server_close()


def run_page(browser: str, pages: Pages, path: str, profile: Path) -> Mapping[str, Any]:
    """Open the page and wait for what it reports."""
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
    command = [browser, *options, f"--user-data-dir={profile}", "--remote-debugging-port=0"]
    running = subprocess.Popen(
        [*command, f"{pages.origin}/{path}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # the program is a script in Debian, and starts more of them
    )
    try:
        report: Mapping[str, Any] = pages.reports.get(timeout=REPORT_TIMEOUT_S)
        return report
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}  # noqa: RUF012  # as its parent has it

    def __init__(self, reports: "queue.Queue[Any]", *arguments: Any, **options: Any) -> None:
        self._reports = reports
        super().__init__(*arguments, **options)

    def do_POST(self) -> None:
        self._reports.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass
