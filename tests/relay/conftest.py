"""What the contract's tests have: the local stack, accounts on it, and a file of 200 MiB."""

from tests.contract.client.conftest import largest, openai_node
from tests.contract.conftest import api_key, aws, base_url, new_key, stack

__all__ = ["api_key", "aws", "base_url", "largest", "new_key", "openai_node", "stack"]
