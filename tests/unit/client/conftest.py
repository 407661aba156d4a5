import pytest

from linegate.transfer import retry
from tests.unit.client.fake_service import FakeService
from tests.unit.client.sdk import AsyncSdk, Sdk


@pytest.fixture
def service() -> FakeService:
    return FakeService(part_bytes=1_000)


@pytest.fixture(params=["sync", "async"])
def sdk(
    request: pytest.FixtureRequest, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> Sdk:
    """Both kinds of client, one after the other. Neither waits between tries."""
    monkeypatch.setattr(retry, "FIRST_DELAY_S", 0.001)
    asynchronous = request.param == "async"
    return (AsyncSdk if asynchronous else Sdk)(service, asynchronous)
