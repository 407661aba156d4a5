"""Before a deployment: does the account have enough concurrent Lambda executions?

    python -m infra.account_check [-c name=value …] [--profile name]

A new AWS account runs 10 functions at the same time, all its stacks together; a function that is
throttled behind a REST API reaches the client as a 5xx. `make deploy` runs this first. It reads one
number (lambda:GetAccountSettings) and changes nothing; the deployment stops only where checking
files alone would take all of it.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.config import Config, ConfigError

CDK_REGION = "us-east-1"
"""Where the CDK command line deploys to when neither environment nor profile names a region."""

QUOTA_CODE = "L-B99A9384"
"""Concurrent executions, in Service Quotas."""

RECONCILERS = 1
FEWEST_FOR_API = 2
"""A request takes one for its authorizer and then one for its function."""

USUAL_LIMIT = 1_000
"""What AWS grants on request, and gave accounts from the start in earlier years."""

CDK_JSON = Path(__file__).resolve().parents[1] / "cdk.json"


class NotEnough(Exception):
    """The account cannot run this configuration; the message says what to do."""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m infra.account_check",
        description="Check the account's concurrent Lambda executions before a deployment.",
        allow_abbrev=False,  # the other options are the CDK's
    )
    parser.add_argument("-c", "--context", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--profile", help="as the CDK takes it")
    known, _ = parser.parse_known_args(arguments)
    try:
        config = read_config(known.context)
        session = signed_in(known.profile)
        print(report(config, concurrent_executions(session), session.region_name))
    except (ConfigError, NotEnough) as error:
        sys.exit(f"linegate: {error}")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        print(
            f"linegate: could not read the account's Lambda limits ({code}); continuing. "
            "Allow lambda:GetAccountSettings to have them checked."
        )
    except BotoCoreError as error:
        sys.exit(f"linegate: cannot reach AWS: {error} Sign in as for the AWS command line.")


def read_config(context: list[str]) -> Config:
    """The deployer's parameters, from cdk.json and the command line. Raises ConfigError."""
    given: dict[str, Any] = json.loads(CDK_JSON.read_text())["context"]
    for word in context:
        name, _, value = word.partition("=")
        given[name] = value
    return Config.from_context(given)


def signed_in(profile: str | None) -> boto3.session.Session:
    """The account and region that the CDK will deploy to. Raises BotoCoreError."""
    region = boto3.session.Session(profile_name=profile).region_name or CDK_REGION
    return boto3.session.Session(profile_name=profile, region_name=region)


def concurrent_executions(session: boto3.session.Session) -> int:
    """How many functions the account can run at the same time."""
    settings = session.client("lambda").get_account_settings()
    return settings["AccountLimit"]["ConcurrentExecutions"]


def report(config: Config, limit: int, region: str) -> str:
    """What the limit means for this configuration. Pure. Raises NotEnough."""
    taken = config.finalizer_concurrency + config.reaper_concurrency + RECONCILERS
    left = limit - taken
    split = (
        f"This account runs at most {limit} Lambda functions at the same time in {region}. "
        f"Checking files takes up to {config.finalizer_concurrency}, removing them up to "
        f"{config.reaper_concurrency}, reconciling {RECONCILERS}"
    )
    raise_it = (
        "Ask AWS for more, which costs nothing: aws service-quotas "
        f"request-service-quota-increase --region {region} --service-code lambda "
        f"--quota-code {QUOTA_CODE} --desired-value {USUAL_LIMIT}"
    )
    if left < FEWEST_FOR_API:
        raise NotEnough(
            f"{split}, which leaves {max(left, 0)} for the API. {raise_it}\n"
            "Or lower finalizer_concurrency (at least 2) and reaper_concurrency (at least 1): "
            "make deploy ARGS='-c finalizer_concurrency=2 -c reaper_concurrency=1'."
        )
    if limit < USUAL_LIMIT:
        return (
            f"{split}, which leaves {left} for the API: enough to try it out. Requests beyond that "
            f"are answered with a 5xx. {raise_it}"
        )
    return f"{split}; {left} remain for the API."


if __name__ == "__main__":
    main()
