"""The authorizer: which keys open the door, and what the gateway is told about them."""

import json
import time
from io import StringIO
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from lambdas import clients, settings
from lambdas.domain.keys import counter_of_account
from lambdas.handlers import authorizer
from lambdas.stores import key_table
from linegate.api_keys import Role, new_api_key
from tests.integration.recorded import recorded
from tests.integration.service import Context, recorded_calls

NOW = int(time.time())
STAGE = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/v1"


def authorize(*headers: str) -> Any:
    """As API Gateway asks: every header in one map, the last of each name in the other."""
    return asked(headers={"Authorization": headers[-1]}, several={"Authorization": list(headers)})


def asked(headers: dict[str, str] | None, several: dict[str, list[str]] | None) -> Any:
    """The authorizer's answer to the headers as one of the two maps or both have them."""
    event = recorded("request_authorizer")
    event["headers"] = headers and event["headers"] | headers
    event["multiValueHeaders"] = several and event["multiValueHeaders"] | several
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


def test_where_accounts_are_counted_each_has_one_counter(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEGATE_ACCOUNT_COUNTERS", "linegate-account-Linegate")
    counters = {authorize(f"Bearer {issue()}")["usageIdentifierKey"] for _ in range(2)}
    assert counters == {counter_of_account("linegate-account-Linegate", "acme")}
    assert "usageIdentifierKey" not in authorize("Bearer unknown")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_the_scheme_is_matched_whatever_its_case(aws: None, scheme: str) -> None:
    assert effect(authorize(scheme + issue())) == "Allow"


def test_a_key_that_has_expired_is_denied_from_that_second_on(aws: None) -> None:
    assert effect(authorize(f"Bearer {issue(expires_at=NOW - 1)}")) == "Deny"
    assert effect(authorize(f"Bearer {issue(expires_at=NOW + 86_400)}")) == "Allow"


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


def test_two_authorization_headers_are_denied_whatever_they_say(aws: None) -> None:
    good, other = f"Bearer {issue()}", f"Bearer {issue()}"
    for headers in ((good, good), (good, other), (good, "Bearer x"), ("Bearer x", good)):
        assert effect(authorize(*headers)) == "Deny"


@pytest.mark.parametrize(
    ("headers", "several"),
    [(True, False), (False, True), (True, True)],
    ids=["only in headers", "only in multiValueHeaders", "in both"],
)
@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_the_header_is_found_wherever_the_gateway_writes_it(
    aws: None, headers: bool, several: bool, name: str
) -> None:
    text = f"Bearer {issue()}"
    answer = asked({name: text} if headers else None, {name: [text]} if several else None)
    assert effect(answer) == "Allow"


def test_headers_that_contradict_each_other_are_denied(aws: None) -> None:
    good, other = f"Bearer {issue()}", f"Bearer {issue()}"
    for headers, several in (
        ({"Authorization": good}, {"Authorization": [other]}),
        ({"Authorization": "Bearer x"}, {"Authorization": [good]}),
        ({"Authorization": good, "authorization": other}, None),
        ({"Authorization": good, "authorization": good}, {"Authorization": [good]}),
        (None, {"Authorization": [good], "authorization": [good]}),
    ):
        assert effect(asked(headers, several)) == "Deny", (headers, several)


def test_without_any_header_it_is_denied(aws: None) -> None:
    none: dict[str, list[str]] = {"Authorization": []}
    for headers, several in ((None, None), ({}, {}), ({}, none)):
        assert effect(asked(headers, several)) == "Deny"


@pytest.mark.parametrize("padding", ["", " ", " " * 100_000, "x" * 100_000, "\t", "\r\n", "\u00a0"])
def test_what_surrounds_a_key_does_not_open_the_door(aws: None, padding: str) -> None:
    text = issue()
    allowed = {"": "Allow", " ": "Allow"}.get(padding, "Deny")  # a trailing space says nothing
    with recorded_calls() as calls:
        assert effect(authorize(f"Bearer {text}{padding}")) == allowed
        assert padding == "" or effect(authorize(f"{padding}Bearer {text}")) == "Deny"
    assert len(calls) == (1 if allowed == "Allow" else 0)


def test_a_key_is_one_case_only(aws: None) -> None:
    _, key_id, secret = issue().split("_", 2)
    for wrong in (
        f"LG_{key_id}_{secret}",
        f"lg_{key_id.upper()}_{secret}",
        f"lg_{key_id}_{secret.swapcase()}",
    ):
        assert effect(authorize(f"Bearer {wrong}")) == "Deny"


def test_a_silent_keys_table_neither_allows_nor_denies(
    aws: None, monkeypatch: pytest.MonkeyPatch, log: StringIO
) -> None:
    text = issue()

    def silent(**_: object) -> None:
        raise ConnectTimeoutError(endpoint_url=f"https://dynamodb/{text}")

    monkeypatch.setattr(clients.dynamodb_for_keys(), "get_item", silent)
    with pytest.raises(authorizer.AuthorizerFailed):
        authorize(f"Bearer {text}")
    assert "ConnectTimeoutError" in log.getvalue()
    assert text not in log.getvalue()


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
