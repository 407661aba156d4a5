"""docs/permissions.md has the actions that the stack's resource types need."""

from docgen import permissions_page
from local.layout import ROOT
from tests.infrastructure.template import Template, synthesize

PAGE = (ROOT / "docs" / "permissions.md").read_text()


def test_the_page_is_up_to_date(template: Template) -> None:
    types = permissions_page.types_in(template.body)
    with_options = permissions_page.types_in(synthesize(**permissions_page.OPTIONS).body)
    assert permissions_page.page(types, with_options) == PAGE, "run: make docs"


def test_what_the_stack_cannot_be_made_without_is_listed(template: Template) -> None:
    actions = permissions_page.actions_of(permissions_page.types_in(template.body))
    assert {
        "dynamodb:CreateTable",
        "iam:PassRole",
        "lambda:CreateFunction",
        "s3:CreateBucket",
        "s3:PutBucketPolicy",
        "sqs:CreateQueue",
    } <= actions
    assert not any(action.startswith("ec2:") for action in actions)
