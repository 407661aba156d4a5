"""A first deployment that fails leaves nothing behind that blocks, or outlives, the next one.

CloudFormation then deletes what it had created. A resource with the policy Retain stays instead, as
an orphan that no stack knows; one that is protected from deletion ends the rollback in
ROLLBACK_FAILED, and the stack's name is blocked until a person has lifted the protection.
"""

from typing import Any

import pytest

from tests.infrastructure.template import Template

TEMPLATES = ("template", "everything_retained", "local")

STORED = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::KMS::Key"}
"""What holds data, and so outlives its stack."""


@pytest.mark.parametrize("fixture", TEMPLATES)
def test_nothing_that_was_just_created_survives_the_rollback(
    fixture: str, request: pytest.FixtureRequest
) -> None:
    template: Template = request.getfixturevalue(fixture)
    policies = {
        logical_id: resource.get("DeletionPolicy", "Delete")
        for logical_id, resource in template.body["Resources"].items()
    }
    assert set(policies.values()) <= {"Delete", "RetainExceptOnCreate"}, policies


@pytest.mark.parametrize("fixture", TEMPLATES)
def test_nothing_refuses_to_be_deleted(fixture: str, request: pytest.FixtureRequest) -> None:
    """DeletionProtectionEnabled and its like, which a later deployment may switch on."""
    template: Template = request.getfixturevalue(fixture)
    for logical_id, resource in template.body["Resources"].items():
        assert _protections(resource.get("Properties", {})) == [], logical_id


def test_whatever_holds_data_is_retained_afterwards(everything_retained: Template) -> None:
    retained = {
        resource["Type"]
        for resource in everything_retained.body["Resources"].values()
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate"
        and resource["UpdateReplacePolicy"] == "Retain"
    }
    assert retained == STORED


def _protections(properties: Any) -> list[str]:
    match properties:
        case dict():
            named = [n for n, v in properties.items() if "Protection" in n and v is True]
            return [*named, *(n for v in properties.values() for n in _protections(v))]
        case list():
            return [name for each in properties for name in _protections(each)]
    return []
