"""The authorizer: which keys open the door, and what the gateway is told about them."""

import json
import time
from typing import Any

import pytest

from lambdas import clients, settings
from lambdas.domain.api_key import Role, new_api_key
from lambdas.handlers import authorizer
from lambdas.stores import key_table
from tests.integration.service import EVENTS, Context, recorded_calls

NOW = int(time.time())
STAGE = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/v1"


def authorize(*headers: str) -> Any:
    event = json.loads((EVENTS / "request_authorizer.json").read_text())
    event["multiValueHeaders"]["Authorization"] = list(headers)
    return authorizer.handler(event, Context())  # type: ignore[arg-type]  # all it reads of one


def effect(policy: Any) -> str:
    return str(policy["policyDocument"]["Statement"][0]["Effect"])


def issue(**fields: Any) -> str:
    key, text = new_api_key("acme", "test", NOW, **fields)
    key_table.put(key)
    return text


@pytest.mark.parametrize("role", list(Role))
def test_a_valid_key_is_allowed_the_stage_with_its_account_as_context(
    aws: None, role: Role
) -> None:
    text = issue(role=role)
    policy = authorize(f"Bearer {text}")
    key_id = text.split("_")[1]
    assert policy == {
        "principalId": key_id,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{STAGE}/*"}
            ],
        },
        "context": {"account": "acme", "key_id": key_id, "role": role.value},
    }


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_the_scheme_is_matched_whatever_its_case(aws: None, scheme: str) -> None:
    assert effect(authorize(scheme + issue())) == "Allow"


def test_a_key_that_has_expired_is_denied_from_that_second_on(aws: None) -> None:
    assert effect(authorize(f"Bearer {issue(expires_at=NOW - 1)}")) == "Deny"
    assert effect(authorize(f"Bearer {issue(expires_at=NOW + 600)}")) == "Allow"


def test_a_revoked_key_is_denied(aws: None) -> None:
    text = issue()
    clients.dynamodb().update_item(
        TableName=settings.keys_table(),
        Key={"PK": {"S": "KEY#" + text.split("_")[1]}},
        UpdateExpression="SET revoked_at = :now",
        ExpressionAttributeValues={":now": {"N": str(NOW)}},
    )
    assert effect(authorize(f"Bearer {text}")) == "Deny"


def test_wrong_keys_are_denied_without_context(aws: None) -> None:
    text = issue()
    _, key_id, secret = text.split("_", 2)
    for wrong in (
        f"Bearer lg_{key_id}_{'A' * 43}",
        f"Bearer {text[:-1]}",
        f"Bearer {text}A",
        f"Bearer {text.upper()}",
        f"Bearer LG{text[2:]}",
        f"Bearer lg_{'a' * 16}_{secret}",
        f"Basic {text}",
        text,
        "Bearer ",
        "",
        f"Bearer {text} {text}",
        f" Bearer {text}",
        "Bearer " + "lg_" * 30_000,
    ):
        policy = authorize(wrong)
        assert effect(policy) == "Deny", wrong[:40]
        assert policy["context"] == {}


def test_two_authorization_headers_are_denied(aws: None) -> None:
    text = issue()
    assert effect(authorize(f"Bearer {text}", f"Bearer {text}")) == "Deny"


def test_an_unknown_id_costs_the_same_calls_as_a_wrong_secret(aws: None) -> None:
    key_id = issue().split("_")[1]
    for wrong in (key_id, "a" * 16):
        with recorded_calls() as calls:
            authorize(f"Bearer lg_{wrong}_{'A' * 43}")
        assert calls == ["dynamodb.GetItem"]


def test_text_that_cannot_be_a_key_never_reaches_the_table(aws: None) -> None:
    with recorded_calls() as calls:
        authorize("Bearer sk-something-else")
    assert calls == []


def test_the_table_never_holds_the_secret(aws: None) -> None:
    secret = issue().split("_", 2)[2]
    items = clients.dynamodb().scan(TableName=settings.keys_table())["Items"]
    assert secret not in json.dumps(items)
    assert items[0]["last4"] == {"S": secret[-4:]}
