"""The stack deployed into an emulator that enforces signatures and IAM, over TLS, as AWS does.

It has a port, a folder and a certificate of its own, so one that `make up` started is not touched.
"""

import json
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import trustme

from local.layout import ROOT
from local.stack import Stack
from tests.ports import free_port

DEPLOY_TIMEOUT_S = 240


@dataclass(frozen=True)
class Enforced:
    """The stack, and the environment in which a process meets it and trusts its certificate."""

    stack: Stack
    environment: dict[str, str]

    @property
    def trust(self) -> ssl.SSLContext:
        """Of this stack's certificate alone."""
        return ssl.create_default_context(cafile=self.environment["AWS_CA_BUNDLE"])

    def client(self, service: str, key: tuple[str, str] = ("test", "test")) -> Any:
        """A client; by default the account's root, whom the emulator refuses nothing."""
        client: Callable[..., Any] = boto3.Session(*key, region_name=self.stack.region).client
        bundle = self.environment["AWS_CA_BUNDLE"]
        return client(service, endpoint_url=self.stack.endpoint_url, verify=bundle)


def make_certificate(folder: Path) -> None:
    """An authority of its own for each run; its key is never written."""
    authority = trustme.CA()
    server = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(folder / "authority.pem")
    server.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    server.private_key_pem.write_to_path(folder / "key.pem")


@pytest.fixture(scope="session")
def enforced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Enforced]:
    folder, tls = tmp_path_factory.mktemp("enforced"), tmp_path_factory.mktemp("tls")
    make_certificate(tls)
    port = free_port()
    trusted = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")
    environment = os.environ | {
        "LINEGATE_RUN_FOLDER": str(folder),
        "LINEGATE_TLS_FOLDER": str(tls),
        "PORT": str(port),
        **dict.fromkeys(trusted, str(tls / "authority.pem")),
    }
    up = subprocess.run(
        [sys.executable, "-m", "local", "up", "--port", str(port)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEPLOY_TIMEOUT_S,
        check=False,
    )
    log = folder / "deploy.log"
    assert up.returncode == 0, up.stderr + (log.read_text()[-4_000:] if log.exists() else "")
    stack = Stack(**json.loads((folder / "stack.json").read_text()))
    assert stack.pid is not None
    yield Enforced(stack, environment)
    os.killpg(stack.pid, signal.SIGKILL)  # with its functions; nobody wants its state
