"""Which key goes where, and what is said when it is not accepted."""

from pathlib import Path

import pytest

from tests.contract.client.command import Linegate
from tests.contract.client.loopback import served
from tests.unit.client.fake_service import KEY, FakeService, refused


def test_a_rejected_key_of_the_environment_is_named_as_such(tmp_path: Path) -> None:
    with served(FakeService()) as base_url:
        ended = Linegate(tmp_path, base_url, "lg_wrong")("ls")
    assert ended.returncode == 3
    assert "LINEGATE_API_KEY" in ended.stderr
    assert "linegate login" not in ended.stderr


def test_a_rejected_key_that_was_stored_is_replaced_by_login(tmp_path: Path) -> None:
    service = FakeService()
    with served(service) as base_url:
        linegate = Linegate(tmp_path)
        assert linegate("login", "--base-url", base_url, stdin=KEY.encode()).returncode == 0
        service.fault = lambda _: refused(401, "invalid_api_key")
        ended = linegate("ls")
    assert ended.returncode == 3
    assert "linegate login" in ended.stderr


def test_a_stored_key_goes_only_to_the_url_it_was_stored_for(tmp_path: Path) -> None:
    other = FakeService()
    with served(FakeService()) as base_url, served(other) as elsewhere:
        linegate = Linegate(tmp_path)
        assert linegate("login", "--base-url", base_url, stdin=KEY.encode()).returncode == 0
        linegate.base_url = elsewhere
        ended = linegate("ls")
        assert (ended.returncode, other.asked) == (3, [])
        assert base_url in ended.stderr
        assert "LINEGATE_API_KEY" in ended.stderr
        linegate.base_url = base_url + "/"
        assert linegate("ls").returncode == 0
        linegate.base_url, linegate.api_key = elsewhere, KEY
        assert linegate("ls").returncode == 0


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://192.0.2.1:9/v1", True),
        ("http://localhost:9/v1", False),
        ("http://127.0.0.1:9/v1", False),
        ("http://[::1]:9/v1", False),
        ("https://127.0.0.1:9/v1", False),
    ],
)
def test_a_key_in_plain_text_beyond_this_machine_warns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, warned: bool
) -> None:
    monkeypatch.setattr("linegate.cli.api_client.TRIES", 1)
    monkeypatch.setattr("linegate.cli.api_client.CONNECT_S", 0.2)
    ended = Linegate(tmp_path, url, KEY)("ls")
    assert ended.returncode == 5
    assert ("not encrypted" in ended.stderr) == warned
