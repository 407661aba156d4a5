"""Answers to web pages, from every function of the API."""

import pytest

from lambdas import settings
from tests.integration.service import Service

PAGE = {"Origin": "https://console.example"}


def test_an_allowed_page_may_read_answers_and_errors(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEGATE_ALLOWED_ORIGINS", '["https://console.example"]')
    settings.allowed_origins.cache_clear()
    for url, status in (
        ("/files", 200),
        ("/files/none", 404),
        ("/nowhere", 404),
        ("/uploads/none", 404),
    ):
        answer = service.request("GET", url, headers=PAGE)
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "https://console.example"
        assert "x-request-id" in answer.headers["access-control-expose-headers"]
        stranger = service.request("GET", url, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in stranger.headers


def test_no_page_may_unless_a_deployer_said_so(service: Service) -> None:
    answer = service.request("GET", "/files", headers=PAGE)
    assert "access-control-allow-origin" not in answer.headers
