"""Sizes, environment, logs and runtime of the functions."""

import json
import re
from pathlib import Path

import aws_cdk as cdk
import pytest

from infra.config import Config
from infra.functions import (
    AUTHORIZER_TIMEOUT_S,
    FROM_SNAPSHOTS,
    GATEWAY_TIMEOUT_S,
    REAPER_TIMEOUT_S,
    finalizer_timeout_s,
)
from infra.permissions import FunctionName
from infra.stack import LinegateStack
from lambdas import clients, deadline
from lambdas.domain.limits import MIB
from tests.infrastructure.template import Template

COMMON = {
    "LINEGATE_STACK_NAME",
    "POWERTOOLS_LOG_LEVEL",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_SERVICE_NAME",
}
ON_FILES = {"LINEGATE_FILES_TABLE", "LINEGATE_BUCKET"}
ON_QUEUE = {"LINEGATE_FINALIZER_QUEUE_URL"}
CHANGED = {"LINEGATE_LIMITS"}
BROWSERS = {"LINEGATE_ALLOWED_ORIGINS"}
NAMES = {"LINEGATE_AUDIT_FILENAMES"}


@pytest.mark.parametrize(
    ("name", "always", "when_set"),
    [
        (FunctionName.FILES, ON_FILES, CHANGED | BROWSERS | NAMES),
        (FunctionName.UPLOADS, ON_FILES, CHANGED | BROWSERS | NAMES),
        (FunctionName.AUTHORIZER, {"LINEGATE_KEYS_TABLE"}, {"LINEGATE_ACCOUNT_COUNTERS"}),
        (FunctionName.FINALIZER, ON_FILES | ON_QUEUE, CHANGED),
        (FunctionName.REAPER, ON_FILES, set()),
        (FunctionName.RECONCILER, ON_FILES | ON_QUEUE, set()),
    ],
)
def test_a_function_is_told_only_what_it_needs(
    template: Template,
    everything: Template,
    name: FunctionName,
    always: set[str],
    when_set: set[str],
) -> None:
    def variables(of: Template) -> set[str]:
        return set(of.function(name)[1]["Environment"]["Variables"])

    assert variables(template) == COMMON | always
    assert variables(everything) == COMMON | always | when_set


def test_functions_are_told_the_limits_that_a_deployer_changed(everything: Template) -> None:
    _, files = everything.function(FunctionName.FILES)
    changed = json.loads(files["Environment"]["Variables"]["LINEGATE_LIMITS"])
    assert changed == {"retention_s": 86_400, "purposes": ["batch"]}


def test_functions_are_told_the_allowed_origins(everything: Template) -> None:
    _, files = everything.function(FunctionName.FILES)
    origins = json.loads(files["Environment"]["Variables"]["LINEGATE_ALLOWED_ORIGINS"])
    assert origins == ["https://a.example", "https://b.example"]


def test_no_variable_holds_a_secret(everything: Template) -> None:
    for function in everything.properties("AWS::Lambda::Function").values():
        for name, value in function["Environment"]["Variables"].items():
            assert not re.search("secret|password|token|credential|access_key", name, re.IGNORECASE)
            assert "lg_" not in json.dumps(value)


@pytest.mark.parametrize("name", FunctionName)
def test_a_function_writes_to_a_log_group_that_forgets(
    batching: Template, everything: Template, name: FunctionName
) -> None:
    for of, days in ((batching, 30), (everything, 90)):
        log_group = of.function(name)[1]["LoggingConfig"]["LogGroup"]["Ref"]
        assert of.properties("AWS::Logs::LogGroup")[log_group]["RetentionInDays"] == days


def test_every_log_group_forgets(everything: Template) -> None:
    groups = everything.properties("AWS::Logs::LogGroup")
    assert len(groups) == len(FunctionName) + 1  # and the access log
    assert {group["RetentionInDays"] for group in groups.values()} == {90}


def test_functions_run_on_the_python_that_is_configured(template: Template) -> None:
    """Not on the deployer's, whatever that is."""
    runtimes = {f["Runtime"] for f in template.properties("AWS::Lambda::Function").values()}
    assert runtimes == {f"python{Config().python_version}"}


@pytest.mark.parametrize("given", ["3.12", 3.12])
def test_a_deployer_may_choose_another_python(given: object) -> None:
    assert Config.from_context({"python_version": given}).python_version == "3.12"


def test_the_architecture_is_the_deployers(template: Template, everything: Template) -> None:
    for of, architecture in ((template, "arm64"), (everything, "x86_64")):
        functions = of.properties("AWS::Lambda::Function").values()
        assert {tuple(f["Architectures"]) for f in functions} == {(architecture,)}


def test_functions_start_from_snapshots_only_where_that_is_set(
    batching: Template, everything: Template
) -> None:
    def names(of: Template) -> set[FunctionName]:
        return {name for name in FunctionName if "SnapStart" in of.function(name)[1]}

    assert names(batching) == set()
    assert names(everything) == FROM_SNAPSHOTS
    for name in FROM_SNAPSHOTS:
        assert everything.function(name)[1]["SnapStart"] == {"ApplyOn": "PublishedVersions"}


def test_the_gateway_calls_the_version_that_has_the_snapshot(everything: Template) -> None:
    """Lambda starts a function without a version as usual, and so would every request."""
    aliases = everything.properties("AWS::Lambda::Alias")
    versions = everything.properties("AWS::Lambda::Version")
    ids = {everything.function(name)[0] for name in FROM_SNAPSHOTS}
    for alias in aliases.values():
        version = versions[alias["FunctionVersion"]["Fn::GetAtt"][0]]
        assert alias["FunctionName"] == version["FunctionName"]
    assert {alias["FunctionName"]["Ref"] for alias in aliases.values()} == ids
    served = {everything.function(name)[0] for name in FROM_SNAPSHOTS}
    uris = [
        json.dumps(method["Integration"]["Uri"])
        for method in everything.properties("AWS::ApiGateway::Method").values()
        if method["Integration"]["Type"] == "AWS_PROXY"
    ]
    uris.append(json.dumps(everything.properties("AWS::ApiGateway::Authorizer")))
    called = {each for uri in uris for each in re.findall(r'"(Functions\w+)"', uri)}
    assert set(aliases) <= called
    assert not served & called
    allowed = {
        permission["FunctionName"]["Ref"]
        for permission in everything.properties("AWS::Lambda::Permission").values()
        if "Ref" in permission["FunctionName"]
    }
    assert allowed == set(aliases)


def test_another_zip_is_another_version(tmp_path: Path) -> None:
    """A release's template names its code by a parameter, which the CDK's own hash does not see."""

    def versions(key: str) -> set[str]:
        app = cdk.App(context={"snapstart": "true"}, outdir=str(tmp_path / key))
        stack = LinegateStack(app, "Linegate", Config(snapstart=True), published_key=key)
        template = app.synth().get_stack_by_name(stack.stack_name).template
        return {k for k, r in template["Resources"].items() if r["Type"] == "AWS::Lambda::Version"}

    first, second = versions("first.zip"), versions("second.zip")
    assert len(first) == len(second) == len(FROM_SNAPSHOTS - {FunctionName.BATCHES})
    assert not first & second


def test_calls_to_aws_end_before_their_function_does() -> None:
    """A silent store: all attempts, botocore's pauses between them (0.2 s), and an answer."""
    assert deadline.REQUEST_BUDGET_S + 2 <= 25 < GATEWAY_TIMEOUT_S
    assert deadline.AUTHORIZER_BUDGET_S < AUTHORIZER_TIMEOUT_S
    attempt_s = clients.KEYS_CONNECT_TIMEOUT_S + clients.KEYS_READ_TIMEOUT_S
    assert 2 * attempt_s < deadline.AUTHORIZER_BUDGET_S
    assert 2 * clients.READ_TIMEOUT_S + clients.CONNECT_TIMEOUT_S < deadline.REQUEST_BUDGET_S
    assert deadline.END_RESERVE_S < REAPER_TIMEOUT_S


def test_no_function_outlives_the_gateways_patience(template: Template) -> None:
    for name in (FunctionName.FILES, FunctionName.UPLOADS, FunctionName.AUTHORIZER):
        assert template.function(name)[1]["Timeout"] <= GATEWAY_TIMEOUT_S


@pytest.mark.parametrize(
    ("file_bytes", "seconds"),
    [
        (1, 120),
        (200 * MIB, 120),
        (240 * MIB, 120),
        (240 * MIB + 1, 121),
        (1_800 * MIB, 900),
        (1_800 * MIB + 1, 900),
    ],
)
def test_the_finalizer_has_time_for_the_largest_file(file_bytes: int, seconds: int) -> None:
    assert finalizer_timeout_s(file_bytes) == seconds
