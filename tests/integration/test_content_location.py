"""`GET /files/{id}/content?redirect=false`: the location in JSON, not a redirect."""

import hashlib
import time

import pytest

from lambdas.domain.limits import MIB
from tests.integration.lines import padded_to, requests
from tests.integration.service import Service
from tests.integration.stored import stored
from tests.integration.test_errors import assert_error


@pytest.mark.parametrize("content", [requests(1), padded_to(4 * MIB)], ids=["small", "4 MiB"])
def test_the_location_comes_as_json_at_any_size(service: Service, content: bytes) -> None:
    file = service.create_file(content).json
    answer = service.get(f"/files/{file['id']}/content?redirect=false")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    found = answer.json
    assert set(found) == {"location", "expires_at", "bytes", "sha256"}
    assert found["location"].startswith("https://")
    assert (found["bytes"], found["sha256"]) == (
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    assert 3_590 <= found["expires_at"] - time.time() <= 3_600


def test_the_location_ends_with_the_file(service: Service) -> None:
    record = stored(b"x", expires_at=int(time.time()) + 60)
    found = service.get(f"/files/file-{record.key.ulid}/content?redirect=false").json
    assert found["expires_at"] <= record.expires_at
    assert found["sha256"] is None


@pytest.mark.parametrize("sent", ["true", "True", "true/"])
def test_redirect_true_is_the_default(service: Service, sent: str) -> None:
    file = service.create_file(requests(1)).json
    answer = service.get(f"/files/{file['id']}/content?redirect={sent}")
    assert answer.body == requests(1)


def test_another_value_is_refused(service: Service) -> None:
    file = service.create_file(requests(1)).json
    answer = service.get(f"/files/{file['id']}/content?redirect=no")
    message = assert_error(answer, 400, "invalid_value", "redirect")
    assert message == "redirect 'no' is not supported; use 'true' or 'false'."


@pytest.mark.parametrize("path", ["/files", "/files/{}", "/files/{}/content", "/files/nothing"])
def test_no_cache_keeps_a_response_and_no_browser_guesses_its_type(
    service: Service, path: str
) -> None:
    file = service.create_file(requests(1)).json
    answer = service.get(path.format(file["id"]))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
