"""The gateway's limit on a route, as a client meets it."""

from collections.abc import Iterator

import httpx
import pytest

from tests.iam.conftest import Enforced

ROUTE = "/files/{file_id}/content"


@pytest.fixture
def one_a_second(enforced: Enforced) -> Iterator[None]:
    """One request a second to one route. Set by hand: the emulator's CloudFormation keeps a limit
    of one route under a name that its gateway doesn't look for."""
    gateway = enforced.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    setting = f"/{ROUTE.replace('/', '~1')}/GET/throttling"

    def patch(rate: str, burst: str) -> None:
        operations = [
            {"op": "replace", "path": f"{setting}/rateLimit", "value": rate},
            {"op": "replace", "path": f"{setting}/burstLimit", "value": burst},
        ]
        gateway.update_stage(restApiId=api["id"], stageName="v1", patchOperations=operations)

    patch("1", "1")
    yield
    patch("100", "200")


def test_a_throttled_client_is_told_when_to_come_back(
    enforced: Enforced, one_a_second: None
) -> None:
    stack = enforced.stack
    headers = {"Authorization": f"Bearer {stack.api_key}"}
    url = f"{stack.base_url}/files/file-none/content"
    with httpx.Client(verify=enforced.trust, headers=headers, timeout=30) as client:
        answers = [client.get(url) for _ in range(4)]
    throttled = [answer for answer in answers if answer.status_code == 429]
    assert throttled, answers
    for answer in throttled:
        assert answer.headers["Retry-After"] == "1"
        assert answer.headers["x-request-id"]
        body = answer.json()
        assert body.pop("error") == body
        assert (body["code"], body["type"]) == ("rate_limit_exceeded", "rate_limit_error")
