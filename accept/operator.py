"""What AWS credentials add: accounts of its own, by keys that it makes and removes again.

IAM actions: cloudformation:DescribeStacks; dynamodb:PutItem, UpdateItem and DeleteItem on the keys
table. A row that looks further inside names its own.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import boto3

from linegate.api_keys import Role, item_key, new_api_key, parse_bearer
from linegate.cli.keys import table as keys_table
from linegate.cli.keys.stack import Table

KEY_NAME = "make accept"


@dataclass
class Operator:
    """A deployed stack as its operator reaches it."""

    session: boto3.Session
    stack_name: str
    endpoint_url: str | None = None
    _issued: list[str] = field(default_factory=list)

    @classmethod
    def of_stack(cls, stack_name: str) -> "Operator":
        """With the environment's credentials and region, like the AWS command line."""
        return cls(boto3.Session(region_name=os.environ.get("AWS_REGION")), stack_name)

    def client(self, service: str) -> Any:
        make: Any = self.session.client
        return make(service, endpoint_url=self.endpoint_url)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        (stack,) = self.client("cloudformation").describe_stacks(StackName=self.stack_name)[
            "Stacks"
        ]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    @cached_property
    def _keys(self) -> Table:
        return Table(self.outputs["KeysTable"], self.client("dynamodb"))

    def issue(self, account: str, *, role: Role = Role.CLIENT, expires_in_s: int = 86_400) -> str:
        """A new key, which ends by itself if nothing removes it."""
        now = int(time.time())
        key, text = new_api_key(account, KEY_NAME, now, role, now + expires_in_s)
        keys_table.create(self._keys, key)
        self._issued.append(key.key_id)
        return text

    def revoke(self, key: str) -> None:
        parsed = parse_bearer(f"Bearer {key}")
        assert parsed is not None
        keys_table.revoke(self._keys, parsed[0], int(time.time()))

    def remove_keys(self) -> int:
        """Every key that was issued: revoked first, in case that it may not be deleted."""
        count = len(self._issued)
        while self._issued:
            key_id = self._issued[-1]
            keys_table.revoke(self._keys, key_id, int(time.time()))
            self._keys.dynamodb.delete_item(TableName=self._keys.name, Key=item_key(key_id))
            self._issued.pop()
        return count
