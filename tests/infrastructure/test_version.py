"""A deployed stack shows which version it is."""

from lambdas.domain.version import VERSION
from tests.infrastructure.template import Template


def test_the_stacks_description_has_the_version(template: Template) -> None:
    assert template.body["Description"].startswith(f"Linegate {VERSION}: ")
