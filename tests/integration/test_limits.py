"""`GET /limits`: what the deployment accepts, and what the account holds."""

import json

import pytest

from lambdas import settings
from lambdas.domain.limits import Limits
from lambdas.domain.version import VERSION
from tests.integration.lines import padded_to
from tests.integration.service import Service, recorded_calls
from tests.integration.uploads.client import create


def test_the_defaults_are_the_limits_of_the_service(service: Service) -> None:
    found, limits = service.get("/limits").json, Limits()
    assert (found["object"], found["version"]) == ("limits", VERSION)
    assert found["max_file_bytes"] == limits.file_bytes
    assert found["max_direct_bytes"] == limits.direct_bytes
    assert found["retention_seconds"] == {"default": 604_800, "min": 3_600, "max": 2_592_000}
    assert found["batch"]["request_urls"] == list(limits.check.request_urls)
    assert found["batch"]["max_requests"] == 50_000
    assert found["quotas"]["files"] == limits.account_files
    assert found["usage"] == {"files": 0, "bytes": 0, "pending_uploads": 0}


def test_a_deployers_changes_are_shown(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = {"file_bytes": 5_000_000, "request_urls": ["/v1/embeddings"], "retention_s": 7_200}
    monkeypatch.setenv("LINEGATE_LIMITS", json.dumps(changes))
    settings.limits.cache_clear()
    found = service.get("/limits").json
    assert found["max_file_bytes"] == 5_000_000
    assert found["batch"]["request_urls"] == ["/v1/embeddings"]
    assert {p["retention_seconds"] for p in found["purposes"]} == {7_200}


def test_the_account_sees_what_it_holds_and_no_other_does(service: Service) -> None:
    service.create_file(padded_to(2_000))
    create(service, padded_to(3_000))
    held = {"files": 2, "bytes": 5_000, "pending_uploads": 1}
    with recorded_calls() as calls:
        assert service.get("/limits").json["usage"] == held
    assert calls == ["dynamodb.GetItem"]
    assert Service("other").get("/limits").json["usage"]["files"] == 0


def test_it_says_which_purposes_the_key_may_write(service: Service) -> None:
    def writable(role: str) -> dict[str, bool]:
        purposes = Service(role=role).get("/limits").json["purposes"]
        return {purpose["name"]: purpose["writable"] for purpose in purposes}

    assert writable("client") == {"batch": True, "batch_output": False}
    assert writable("worker") == {"batch": True, "batch_output": True}
