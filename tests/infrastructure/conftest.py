"""The templates of all infrastructure tests: by default, with everything on, and local."""

import shutil
from collections.abc import Iterator

import pytest

from tests.infrastructure.template import Template, synthesize

EVERYTHING = {
    "removal_policy": "destroy",
    "deletion_protection": "true",
    "architecture": "x86_64",
    "log_retention_days": "90",
    "access_logs": "true",
    "audit_filenames": "true",
    "domain_name": "files.example.com",
    "certificate_arn": "arn:aws:acm:eu-west-1:111111111111:certificate/0aa0",
    "hosted_zone_id": "Z0123456789ABCDEFGHIJ",
    "allowed_origins": "https://a.example,https://b.example",
    "throttle_rate": "40",
    "throttle_burst": "80",
    "route_throttles": "POST /files=20:41,GET /files/{file_id}=50:100",
    "account_rate": "10",
    "account_burst": "30",
    "firewall": "true",
    "firewall_ip_rate": "600",
    "customer_key": "true",
    "alarm_email": "oncall@example.com",
    "route_metrics": "true",
    "tracing": "true",
    "snapstart": "true",
    "retention_s": "86400",
    "purposes": "batch",
    "batch_endpoint": "https://models.example.com/v1",
    "batch_endpoint_secret": "models/key",
    "batch_workers": "5",
    "batch_parallelism": "16",
    "batch_request_timeout_s": "120",
}


def _synthesized(**context: str) -> Iterator[Template]:
    template = synthesize(**context)
    yield template
    shutil.rmtree(template.file.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def template() -> Iterator[Template]:
    yield from _synthesized()


@pytest.fixture(scope="session")
def batching() -> Iterator[Template]:
    """All defaults, with batches."""
    endpoint = {name: EVERYTHING[name] for name in ("batch_endpoint", "batch_endpoint_secret")}
    yield from _synthesized(**endpoint)


@pytest.fixture(scope="session")
def everything() -> Iterator[Template]:
    yield from _synthesized(**EVERYTHING)


@pytest.fixture(scope="session")
def everything_retained() -> Iterator[Template]:
    """As a deployer creates it: protection from deletion comes with a later deployment."""
    retained = {"removal_policy": "retain", "deletion_protection": "false"}
    yield from _synthesized(**EVERYTHING | retained)


@pytest.fixture(scope="session")
def local() -> Iterator[Template]:
    yield from _synthesized(target="local")
