"""`linegate keys`: what an operator types, on the table that the authorizer reads."""

import builtins
import json
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
)

from lambdas import clients, settings
from lambdas.stores import key_table
from linegate.api_keys import ApiKey, Role, hash_secret
from linegate.cli.app import main
from tests.integration.test_authorizer import authorize, effect

NOW = int(time.time())
Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("aws")


def keys(*arguments: str) -> int:
    return main(["keys", *arguments, "--table", settings.keys_table()])


def created(capsys: Capture, *options: str) -> str:
    assert keys("create", "--account", "acme", "--name", "laptop", *options) == 0
    return capsys.readouterr().out.strip()


def stored(text: str) -> ApiKey:
    key = key_table.get(text.split("_")[1])
    assert key is not None
    return key


def test_a_created_key_opens_the_door(capsys: Capture) -> None:
    text = created(capsys)
    policy = authorize(f"Bearer {text}")
    assert effect(policy) == "Allow"
    assert policy["context"] | {"key_id": ""} == {"account": "acme", "key_id": "", "role": "client"}


def test_only_the_key_is_on_standard_output_and_its_secret_is_kept_nowhere(
    capsys: Capture,
) -> None:
    assert keys("create", "--account", "acme", "--name", "für 日本") == 0
    printed = capsys.readouterr()
    (text,) = printed.out.splitlines()
    key = stored(text)
    assert text not in printed.err
    assert text[20:] not in printed.err
    assert key.key_id in printed.err
    assert (key.name, key.last4) == ("für 日本", text[-4:])
    assert key.secret_sha256 == hash_secret(text[20:])
    items = clients.dynamodb().scan(TableName=settings.keys_table())["Items"]
    assert text[20:] not in json.dumps(items)


@pytest.mark.parametrize(("given", "seconds"), [("1m", 60), ("90d", 7_776_000), ("3650d", None)])
def test_a_key_ends_when_it_was_told_to(capsys: Capture, given: str, seconds: int | None) -> None:
    key = stored(created(capsys, "--expires-in", given))
    assert key.expires_at == key.created_at + (seconds or 3_650 * 86_400)


@pytest.mark.parametrize("given", ["59s", "3651d", "soon", "-1d", "", "1w"])
def test_a_key_cannot_end_at_any_time(capsys: Capture, given: str) -> None:
    assert keys("create", "--account", "acme", "--name", "n", "--expires-in", given) == 2
    assert capsys.readouterr().out == ""


def test_a_worker_is_made_only_when_asked_for(capsys: Capture) -> None:
    assert stored(created(capsys)).role.value == "client"
    assert stored(created(capsys, "--role", "worker")).role.value == "worker"
    assert keys("create", "--account", "a", "--name", "n", "--role", "admin") == 2


@pytest.mark.parametrize("account", ["a/b", "", "..", "a b", "A" * 64])
def test_an_account_that_cannot_be_one_is_refused(capsys: Capture, account: str) -> None:
    assert keys("create", "--account", account, "--name", "n") == 2
    assert "an account is" in capsys.readouterr().err
    assert clients.dynamodb().scan(TableName=settings.keys_table())["Items"] == []


def test_a_created_key_as_json(capsys: Capture) -> None:
    answer = json.loads(created(capsys, "--json", "--expires-in", "1h"))
    key = stored(answer.pop("key"))
    assert answer == {
        "key_id": key.key_id,
        "account": "acme",
        "name": "laptop",
        "role": "client",
        "status": "active",
        "created_at": key.created_at,
        "expires_at": key.created_at + 3_600,
        "revoked_at": None,
        "last4": key.last4,
    }


def test_keys_are_listed_by_account_without_their_secrets(capsys: Capture) -> None:
    texts = [created(capsys) for _ in range(2)]
    keys("create", "--account", "a", "--name", "first")
    other = capsys.readouterr().out.strip()
    assert keys("list") == 0
    listed = capsys.readouterr().out
    rows = [line.split("\t") for line in listed.splitlines()]
    assert [row[1] for row in rows] == ["a", "acme", "acme"]
    assert rows[0][:4] == [stored(other).key_id, "a", "client", "active"]
    assert rows[0][7] == "first"
    assert keys("list", "-q") == 0
    assert capsys.readouterr().out.split() == [row[0] for row in rows]
    assert not any(text[20:] in listed for text in [*texts, other])
    assert keys("list", "--account", "acme", "--json") == 0
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {o["key_id"] for o in objects} == {stored(text).key_id for text in texts}


def test_more_keys_than_one_scan_reads_are_all_listed(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        key_table.put(ApiKey(f"k{number}", "0" * 64, "acme", "n", Role.CLIENT, number, "abcd"))
    real = boto3.Session.client

    def small_pages(self: Any, *arguments: Any, **options: Any) -> Any:
        client = real(self, *arguments, **options)
        client.meta.events.register(
            "provide-client-params.dynamodb.Scan", lambda params, **_: params | {"Limit": 2}
        )
        return client

    monkeypatch.setattr(boto3.Session, "client", small_pages)
    assert keys("list") == 0
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_an_empty_list_says_so(capsys: Capture) -> None:
    assert keys("list", "--account", "nobody") == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no keys of account nobody" in printed.err


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "active"),
        ({"expires_at": NOW - 1}, "expired"),
        ({"expires_at": NOW + 86_400}, "active"),
        ({"revoked_at": 1}, "revoked"),
        ({"expires_at": 1, "revoked_at": 1}, "revoked"),
    ],
)
def test_a_key_is_listed_with_what_became_of_it(
    capsys: Capture, fields: dict[str, int], status: str
) -> None:
    key_table.put(ApiKey("k", "0" * 64, "acme", "n", Role.CLIENT, 0, "abcd", **fields))
    keys("list", "--json")
    assert json.loads(capsys.readouterr().out)["status"] == status


@pytest.mark.parametrize("whole", [False, True], ids=["by id", "by the key itself"])
def test_a_revoked_key_opens_nothing(capsys: Capture, whole: bool) -> None:
    text = created(capsys)
    assert keys("revoke", text if whole else text.split("_")[1]) == 0
    printed = capsys.readouterr()
    assert "revoked" in printed.out
    assert "60 s" in printed.err
    assert text[20:] not in printed.out + printed.err
    assert effect(authorize(f"Bearer {text}")) == "Deny"


def test_revoking_twice_keeps_the_first_time(capsys: Capture) -> None:
    key_table.put(ApiKey("a" * 16, "0" * 64, "acme", "n", Role.CLIENT, 0, "abcd", revoked_at=1_000))
    assert keys("revoke", "a" * 16, "--json") == 0
    assert json.loads(capsys.readouterr().out)["revoked_at"] == 1_000


def test_a_key_that_is_not_there_cannot_be_revoked(capsys: Capture) -> None:
    assert keys("revoke", "a" * 16) == 4
    assert "no key 'aaaaaaaaaaaaaaaa'" in capsys.readouterr().err
    assert clients.dynamodb().scan(TableName=settings.keys_table())["Items"] == []


@pytest.mark.parametrize("named", ["x", "A" * 16, "lg_x_y", "file-01JD0000000000000000000000"])
def test_what_is_no_key_id_is_not_looked_for(capsys: Capture, named: str) -> None:
    assert keys("revoke", named) == 2
    assert "16 letters and digits" in capsys.readouterr().err


def make_stack(name: str, **outputs: str) -> None:
    template = {
        "Resources": {"Topic": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {key: {"Value": value} for key, value in outputs.items()},
    }
    boto3.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))


def test_the_table_is_an_output_of_the_stack(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_stack("Linegate", KeysTable=settings.keys_table(), Other="x")
    assert main(["keys", "create", "--account", "acme", "--name", "n"]) == 0
    assert stored(capsys.readouterr().out.strip()).account == "acme"
    make_stack("Another", KeysTable="no-such-table")
    assert main(["keys", "list", "--stack-name", "Another"]) == 4
    assert "no table no-such-table" in capsys.readouterr().err
    monkeypatch.setenv("LINEGATE_STACK", "Third")
    assert main(["keys", "list"]) == 4
    assert "no stack 'Third' in region eu-central-1" in capsys.readouterr().err


def test_a_stack_without_the_output_is_no_linegate(capsys: Capture) -> None:
    make_stack("Else", Other="x")
    assert main(["keys", "list", "--stack-name", "Else"]) == 4
    assert "no output KeysTable" in capsys.readouterr().err


def test_the_local_stack_is_found_from_any_folder_of_the_checkout(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    monkeypatch.delenv("LINEGATE_RUN_FOLDER", raising=False)
    assert main(["keys", "list", "--local"]) == 2
    assert "make up" in capsys.readouterr().err
    run = tmp_path / ".local"
    run.mkdir()
    stack = {
        "endpoint_url": "https://dynamodb.eu-central-1.amazonaws.com",
        "region": "eu-central-1",
        "keys_table": settings.keys_table(),
    }
    (run / "stack.json").write_text(json.dumps(stack))
    assert main(["keys", "create", "--local", "--account", "acme", "--name", "n"]) == 0
    assert stored(capsys.readouterr().out.strip()).account == "acme"
    (run / "stack.json").write_text("{}")
    assert main(["keys", "list", "--local"]) == 2
    assert "stack.json cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (NoCredentialsError(), 3, "AWS credentials"),
        (NoRegionError(), 2, "--region"),
        (EndpointConnectionError(endpoint_url="https://x"), 5, "cannot be reached"),
        (("AccessDeniedException", "not authorized to perform: dynamodb:Scan"), 3, "dynamodb:Scan"),
        (("ExpiredTokenException", "expired"), 3, "does not let"),
        (("ResourceNotFoundException", ""), 4, "There is no table"),
        (("ThrottlingException", "slow down"), 5, "slow down"),
    ],
)
def test_trouble_with_aws_is_one_line_and_a_status(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, error: Any, status: int, said: str
) -> None:
    raised = error
    if isinstance(error, tuple):
        raised = ClientError({"Error": {"Code": error[0], "Message": error[1]}}, "Scan")

    def fail(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", fail)
    assert keys("list") == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1


def test_trouble_is_json_where_json_is_wanted(capsys: Capture) -> None:
    assert keys("revoke", "a" * 16, "--json") == 4
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "not_found"


def test_without_boto3_it_says_what_to_install(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "botocore":
            raise ImportError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    assert keys("list") == 2
    assert "pip install 'linegate[operator]'" in capsys.readouterr().err
