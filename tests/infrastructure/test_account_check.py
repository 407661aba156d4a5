"""What a deployer is told about the account's Lambda limit before the deployment."""

from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from infra import account_check
from infra.account_check import NotEnough, report
from infra.config import Config


def config(**context: Any) -> Config:
    return Config.from_context(context)


def test_the_defaults_leave_room_for_the_api_in_a_new_account() -> None:
    text = report(config(), 10, "eu-west-1")
    assert "at most 10 Lambda functions at the same time in eu-west-1" in text
    assert "leaves 3 for the API" in text
    assert "request-service-quota-increase --service-code lambda --quota-code L-B99A9384" in text


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
        mock.patch.object(account_check, "region", return_value="eu-west-1"),
    ):
        account_check.main(list(arguments))
    return capsys.readouterr().out


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
