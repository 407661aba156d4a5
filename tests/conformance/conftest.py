"""The service's own stores, pointed at one S3 server after the other.

LINEGATE_CONFORMANCE says whether: without it nothing here is even collected, because the servers
cost a download and seconds; `wanted` runs what this machine can; `required` fails where a server
cannot be had.
"""

import os
from collections.abc import Iterator

import boto3
import pytest

from lambdas import clients, settings
from tests.conformance.ministack import ministack
from tests.conformance.radosgw import radosgw
from tests.conformance.server import Absent, Server
from tests.conformance.upload import BUCKET, Upload

SERVERS = {"RadosGW": radosgw, "ministack": ministack}
ASKED = os.environ.get("LINEGATE_CONFORMANCE", "")
OUTCOMES = pytest.StashKey[dict[str, str]]()

if ASKED not in ("", "wanted", "required"):
    raise pytest.UsageError(f"LINEGATE_CONFORMANCE is wanted or required, not {ASKED!r}")

collect_ignore_glob = [] if ASKED else ["test_*.py"]


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server with an empty bucket, and the service's clients pointed at it."""
    outcomes = request.config.stash.setdefault(OUTCOMES, {})
    starting = SERVERS[request.param]()
    try:
        running = starting.__enter__()
    except Absent as absent:
        outcomes[request.param] = f"DID NOT RUN: {absent}"
        if ASKED == "required":
            pytest.fail(f"required, but did not run: {absent}", pytrace=False)
        pytest.skip(f"did not run: {absent}")
    outcomes[request.param] = "ran"
    try:
        with pytest.MonkeyPatch.context() as patch:
            _point_at(running, patch)
            clients.s3().create_bucket(Bucket=BUCKET)
            yield running
    finally:
        _forget()
        starting.__exit__(None, None, None)


@pytest.fixture
def upload(server: Server) -> Upload:
    """An upload of its own for every test."""
    return Upload.begin()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say which servers were there: a run that is green because nothing ran looks like none."""
    terminalreporter.section("S3 conformance")
    if not ASKED:
        terminalreporter.line("DID NOT RUN: make conformance does it (LINEGATE_CONFORMANCE=wanted)")
    for name, outcome in config.stash.get(OUTCOMES, {}).items():
        terminalreporter.line(f"{name}: {outcome}")


def _point_at(server: Server, patch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        patch.delenv(name, raising=False)
    for name, value in server.environment().items():
        patch.setenv(name, value)
    patch.setenv("LINEGATE_BUCKET", BUCKET)
    _forget()


def _forget() -> None:
    """Drop clients and credentials, which both boto3 and the service keep for the next call."""
    boto3.setup_default_session()
    clients._session.cache_clear()  # it keeps the credentials of the server before
    clients.s3.cache_clear()
    settings.limits.cache_clear()
