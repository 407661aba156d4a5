"""Setting up: the Python that was named, and a proxy that answers for the package index."""

import http.server
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from local import environment
from local.layout import ROOT

UV = (sys.executable, "-m", "uv", "pip", "install", "--no-cache", "--target")
PIP = (sys.executable, "-m", "pip", "download", "--no-cache-dir", "--retries", "0", "--dest")

AUTHORITIES = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "UV_SYSTEM_CERTS",
    "UV_NATIVE_TLS",
    "PIP_FIND_LINKS",
)
"""What a machine may be configured with; each would answer in place of the test."""


@pytest.mark.parametrize("answer", ["exit 1", "exit 127"], ids=["too old", "does not run"])
def test_a_python_that_does_not_fit_is_refused_in_one_line(tmp_path: Path, answer: str) -> None:
    python = tmp_path / "python3.9"
    python.write_text(f"#!/bin/sh\n{answer}\n")
    python.chmod(0o755)
    ran = subprocess.run(
        ["make", "-s", "setup", f"PYTHON={python}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    line, *make_says = ran.stderr.splitlines()
    assert (
        line == f"linegate: PYTHON={python} is not Python 3.11 to 3.14: set PYTHON to one that is"
    )
    assert [text for text in make_says if not text.startswith("make")] == []
    assert (ran.returncode, ran.stdout) == (2, "")


def test_the_python_that_was_named_sets_up(tmp_path: Path) -> None:
    """It is asked even where everything is there already: another version makes it again."""
    python, asked = tmp_path / "python", tmp_path / "asked"
    python.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n')
    python.chmod(0o755)
    command = ["make", "-s", "setup", f"PYTHON={python}"]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert asked.read_text().splitlines()[-1] == "local/environment.py"


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An index as an intercepting proxy shows it: its address, and its authority's certificate."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Nothing)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}/simple", tmp_path / "authority.pem"
    server.shutdown()
    server.server_close()


class _Nothing(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def set_up_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "LOG", tmp_path / "setup.log")
    for name in AUTHORITIES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize("command", [UV, PIP], ids=["uv", "pip"])
def test_a_certificate_that_is_not_trusted_is_named_with_the_remedy(
    command: tuple[str, ...],
    index: tuple[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url, authority = index
    install = [*command, str(tmp_path / "target"), "--index-url", url, "six"]
    with pytest.raises(environment.SetupError, match="SSL_CERT_FILE to a PEM file") as refused:
        environment._run(install, "install six")
    assert "\n" not in str(refused.value)

    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with pytest.raises(environment.SetupError, match="is the network there") as unanswered:
        environment._run(install, "install six")
    assert "certificate" not in str(unanswered.value)
