"""What a deployer is told about the account's Lambda limit before the deployment."""

from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.stub import Stubber

from infra import account_check
from infra.account_check import NotEnough, report
from infra.config import Config


def config(**context: Any) -> Config:
    return Config.from_context(context)


def test_the_defaults_leave_room_for_the_api_in_a_new_account() -> None:
    text = report(config(), 10, "eu-west-1")
    assert "at most 10 Lambda functions at the same time in eu-west-1" in text
    assert "leaves 3 for the API" in text
    assert "--region eu-west-1 --service-code lambda --quota-code L-B99A9384" in text


def test_an_account_with_the_usual_limit_is_only_told_the_numbers() -> None:
    assert report(config(), 1_000, "eu-west-1").endswith("993 remain for the API.")


@pytest.mark.parametrize(("concurrency", "enough"), [(5, True), (6, False), (50, False)])
def test_a_configuration_that_leaves_the_api_nothing_is_refused(
    concurrency: int, enough: bool
) -> None:
    wanted = config(finalizer_concurrency=concurrency)
    if enough:
        assert "leaves 2 for the API" in report(wanted, 10, "eu-west-1")
        return
    with pytest.raises(NotEnough, match="Or lower finalizer_concurrency"):
        report(wanted, 10, "eu-west-1")


def run(capsys: pytest.CaptureFixture[str], answer: Any, *arguments: str) -> str:
    with (
        mock.patch.object(account_check, "concurrent_executions", side_effect=answer),
        mock.patch.dict("os.environ", {"AWS_DEFAULT_REGION": "eu-west-1"}),
    ):
        account_check.main(list(arguments))
    return capsys.readouterr().out


def test_the_limit_is_read_from_the_account_and_printed_with_the_region(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    session = account_check.signed_in(None)
    client = session.client("lambda", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub, mock.patch.object(session, "client", return_value=client):
        stub.add_response("get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 10}})
        assert account_check.concurrent_executions(session) == 10
    assert "--region eu-west-1" in report(config(), 10, session.region_name)


def test_account_and_region_are_those_that_the_cdk_deploys_to(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The CDK takes --profile, and us-east-1 where nothing names a region."""
    profiles = tmp_path / "config"
    profiles.write_text("[profile second]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profiles))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    seen: list[tuple[str | None, str]] = []

    def limit(session: boto3.session.Session) -> int:
        seen.append((session.profile_name, session.region_name))
        return 1_000

    monkeypatch.setattr(account_check, "concurrent_executions", limit)
    account_check.main(["--profile", "second"])
    account_check.main([])
    assert seen == [("second", "eu-north-1"), ("default", "us-east-1")]


def test_a_profile_that_does_not_exist_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="nobody"):
        run(capsys, [10], "--profile", "nobody")


def test_the_command_line_counts_as_it_does_for_cdk(capsys: pytest.CaptureFixture[str]) -> None:
    printed = run(capsys, [100], "-c", "finalizer_concurrency=30", "--require-approval", "never")
    assert "leaves 67 for the API" in printed


def test_who_may_not_read_the_limit_deploys_all_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    denied = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetAccountSettings")
    assert "Allow lambda:GetAccountSettings" in run(capsys, denied)


@pytest.mark.parametrize(
    ("answer", "arguments", "message"),
    [
        (NoCredentialsError(), (), "Unable to locate credentials"),
        ([10], ("-c", "finalizer_concurrency=9"), "leaves 0 for the API"),
        ([10], ("-c", "finalizer_concurrency=no"), "finalizer_concurrency must be"),
    ],
)
def test_what_stops_a_deployment_is_said_in_plain_words(
    capsys: pytest.CaptureFixture[str], answer: Any, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit, match=message):
        run(capsys, answer, *arguments)
