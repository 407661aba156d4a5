"""The deployer's parameters: from both places, typed, and refused in one line that helps."""

import re
from typing import Any

import pytest

from infra.config import Config, ConfigError, limit_defaults, parameters
from infra.parameter_table import table
from lambdas.domain.limits import Limits


def test_nothing_need_be_given() -> None:
    config = Config.from_context({})
    assert (config.target, config.removal_policy, config.architecture) == ("aws", "retain", "arm64")
    assert config.limits == Limits()
    assert config.limit_changes == {}


@pytest.mark.parametrize("given", [{"throttle_rate": "7"}, {"throttle_rate": 7}])
def test_a_number_may_come_from_the_command_line_or_from_cdk_json(given: dict[str, Any]) -> None:
    assert Config.from_context(given).throttle_rate == 7


@pytest.mark.parametrize(
    "given",
    ["https://a.example,http://localhost:5173", ["https://a.example", "http://localhost:5173"]],
)
def test_origins_may_be_words_or_a_list(given: object) -> None:
    config = Config.from_context({"allowed_origins": given})
    assert config.allowed_origins == ("https://a.example", "http://localhost:5173")


@pytest.mark.parametrize(
    "given",
    [
        "POST /files=20:40,GET /uploads/{upload_id}=10000:5000",
        ["POST /files=20:40", "GET /uploads/{upload_id}=10000:5000"],
    ],
)
def test_a_route_may_have_a_rate_of_its_own(given: object) -> None:
    assert Config.from_context({"route_throttles": given}).route_throttles == (
        ("POST", "/files", 20, 40),
        ("GET", "/uploads/{upload_id}", 10_000, 5_000),
    )


def test_a_limit_is_given_by_its_own_name() -> None:
    config = Config.from_context({"file_bytes": "1073741824", "purposes": "batch", "requests": 10})
    assert config.limits.file_bytes == 1 << 30
    assert config.limits.purposes == ("batch",)
    assert config.limits.check.requests == 10
    assert set(config.limit_changes) == {"file_bytes", "purposes", "requests"}


def test_the_cdks_own_context_is_left_alone() -> None:
    Config.from_context(
        {
            "@aws-cdk/core:newStyleStackSynthesis": True,
            "aws:cdk:bundling-stacks": [],
            "availability-zones:account=1:region=eu-west-1": ["a"],
            "acknowledged-issue-numbers": [1],
        }
    )


def test_the_local_target_changes_defaults_that_may_still_be_given() -> None:
    config = Config.from_context({"target": "local"})
    assert (config.removal_policy, config.architecture) == ("destroy", "host")
    assert config.api_id == "11ee6a7e"
    given = Config.from_context({"target": "local", "architecture": "arm64", "api_id": "0badcafe"})
    assert (given.architecture, given.api_id) == ("arm64", "0badcafe")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (
            {"snapstart": "true", "target": "local"},
            "snapstart needs AWS and python_version 3.12 or newer: remove it",
        ),
        (
            {"snapstart": "true", "python_version": "3.11"},
            "snapstart needs AWS and python_version 3.12 or newer: remove it",
        ),
        ({"target": "azure"}, "target must be one of aws, local, not 'azure'"),
        ({"removal_policy": "keep"}, "removal_policy must be one of retain, destroy, not 'keep'"),
        ({"throttle_rate": "0"}, "throttle_rate must be a whole number from 1 to 10000, not 0"),
        ({"throttle_rate": "10001"}, "throttle_rate must be .* not 10001"),
        ({"throttle_burst": True}, "throttle_burst must be .* not True"),
        ({"authorizer_cache_s": "-1"}, "authorizer_cache_s must be .* from 0 to 3600, not -1"),
        ({"authorizer_cache_s": "3601"}, "authorizer_cache_s must be .* not 3601"),
        ({"finalizer_concurrency": "1"}, "finalizer_concurrency must be .* from 2 to 1000, not 1"),
        ({"log_retention_days": "31"}, "log_retention_days must be one of .* 30, 60.* not 31"),
        ({"log_level": "verbose"}, "log_level must be one of DEBUG, .* not 'verbose'"),
        ({"access_logs": "yes"}, "access_logs must be true or false, not 'yes'"),
        ({"allowed_origins": "example.com"}, "allowed_origins must be origins such as https"),
        ({"allowed_origins": "https://a.example/"}, "allowed_origins must be .* without a path"),
        ({"allowed_origins": "https://a'b"}, "allowed_origins must be origins"),
        ({"stack_name": "1st"}, "stack_name must be a letter, then .* not '1st'"),
        ({"stack_name": "a" * 25}, "stack_name must be .* up to 23"),
        ({"domain_name": "https://x.example"}, "domain_name must be a name such as"),
        ({"domain_name": "x.example.com"}, "domain_name and certificate_arn go together"),
        (
            {"certificate_arn": "arn:aws:acm:eu-west-1:111111111111:certificate/1"},
            "go together",
        ),
        ({"hosted_zone_id": "Z0123"}, "hosted_zone_id needs domain_name"),
        ({"hosted_zone_id": "example.com"}, "hosted_zone_id must be a Route 53 hosted zone's id"),
        ({"certificate_arn": "mine"}, "certificate_arn must be an ACM certificate's ARN"),
        ({"route_throttles": "/files=1:1"}, "must be routes with rate and burst, such as POST /f"),
        ({"route_throttles": "PUT /files=1:1"}, "route_throttles must be routes with rate and"),
        ({"route_throttles": "GET /files=0:1"}, "must be a whole number from 1 to 10000"),
        ({"route_throttles": "GET /files=1:5001"}, "must be a whole number from 1 to 5000"),
        ({"route_throttles": "GET /files=1:1,GET /files=2:2"}, "must be one entry per route"),
        ({"account_rate": "0"}, "account_rate must be a whole number from 1 to 10000, not 0"),
        ({"target": "local", "account_rate": "1"}, "account_rate is for AWS only"),
        ({"firewall_ip_rate": "9"}, "firewall_ip_rate must be .* from 10 to 2000000000, not 9"),
        ({"firewall": "on"}, "firewall must be true or false"),
        ({"customer_key": "arn"}, "customer_key must be true or false"),
        ({"api_id": "11ee6a7e"}, "api_id is for the emulator only"),
        ({"target": "local", "api_id": "11ee6a7"}, "api_id must be eight hex digits"),
        ({"target": "local", "local_endpoint": "4566"}, "local_endpoint must be an address"),
        ({"throtle_rate": 5}, "there is no setting 'throtle_rate'; use one of: .*throttle_rate"),
        ({"retention_s": "3599"}, "retention_s 3599 is not between 3600 and 2592000"),
        ({"retention_s": "a week"}, "limit 'retention_s' must be a positive whole number"),
        ({"purposes": ""}, "limit 'purposes'|purposes"),
        ({"direct_bytes": "6000000"}, "direct_bytes 6000000 is more than a Lambda"),
    ],
)
def test_a_bad_parameter_is_one_line_that_helps(given: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError, match=line) as caught:
        Config.from_context(given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [{"stack_name": "a" * 24}, {"throttle_rate": 10_000}])
def test_a_parameter_at_its_bound_is_taken(given: dict[str, Any]) -> None:
    Config.from_context(given)


def test_the_table_names_every_parameter_and_limit() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", table(), re.MULTILINE)
    assert rows == [*(p.name for p in parameters()), *limit_defaults()]
