"""The stack in AWS's other partitions, as CloudFormation resolves the template there.

In China ARNs begin with `arn:aws-cn:` and hosts end with `.amazonaws.com.cn`, among them those in
`kms:ViaService`. Names of services in policies end with `.amazonaws.com` everywhere, but for
CloudWatch Logs' (the data source `aws_service_principal` of Terraform's provider has the list).
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infrastructure.template import Template

CHINA = {
    "AWS::Partition": "aws-cn",
    "AWS::Region": "cn-north-1",
    "AWS::URLSuffix": "amazonaws.com.cn",
    "AWS::AccountId": "111111111111",
}

SAME_EVERYWHERE = {
    f"{service}.amazonaws.com" for service in ("apigateway", "cloudwatch", "events", "lambda", "s3")
}


def resolved(value: Any) -> Any:
    """A part of the template as text, its pseudo parameters those of Beijing."""
    match value:
        case {"Ref": str(name)}:
            return CHINA.get(name, f"<{name}>")
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [str(separator), list(parts)]}:
            return separator.join(str(resolved(part)) for part in parts)
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: resolved({"Ref": found[1]}), text)
        case dict():
            return {name: resolved(each) for name, each in value.items()}
        case list():
            return [resolved(each) for each in value]
    return value


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for each in value.values() for text in texts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in texts(each))


def in_china(template: Template) -> list[str]:
    body = {name: template.body[name] for name in ("Resources", "Outputs")}
    return [*texts(resolved(body))]


@pytest.mark.parametrize("fixture", ["template", "everything_retained"])
def test_every_arn_is_of_the_partition(fixture: str, request: pytest.FixtureRequest) -> None:
    given = "arn:aws:acm:eu-west-1:111111111111:certificate/0aa0"  # the deployer's own
    found = in_china(request.getfixturevalue(fixture))
    assert [text for text in found if "arn:aws:" in text and text != given] == []
    assert any("arn:aws-cn:" in text for text in found)


@pytest.mark.parametrize("fixture", ["template", "everything_retained"])
def test_every_host_is_of_the_partition(fixture: str, request: pytest.FixtureRequest) -> None:
    found = in_china(request.getfixturevalue(fixture))
    elsewhere = {text for text in found if re.search(r"amazonaws\.com(?!\.cn)", text)}
    assert elsewhere <= SAME_EVERYWHERE


def test_the_base_url_is_of_the_partition(template: Template) -> None:
    url = resolved(template.body["Outputs"]["BaseUrl"]["Value"])
    assert ".execute-api.cn-north-1.amazonaws.com.cn/" in url


def test_the_logs_may_use_a_key_of_ones_own(everything_retained: Template) -> None:
    _, key = everything_retained.only("AWS::KMS::Key")
    policy = {each["Sid"]: each for each in resolved(key["Properties"]["KeyPolicy"]["Statement"])}
    assert policy["Logs"]["Principal"] == {"Service": "logs.cn-north-1.amazonaws.com.cn"}
