"""The synthesized templates, as the tests of the infrastructure have them."""

from tests.infrastructure.conftest import everything, local, template

__all__ = ["everything", "local", "template"]
