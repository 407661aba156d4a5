"""The keys table: one item a key, found by its id alone.

| access pattern | operation            |
|----------------|----------------------|
| authorize      | GetItem, consistent  |
| issue          | PutItem, if absent   |
"""

from typing import TYPE_CHECKING

from lambdas import clients, settings
from lambdas.domain.api_key import ApiKey, Role
from lambdas.domain.keys import API_KEY_PREFIX, PARTITION_KEY, api_key_partition
from lambdas.stores.failures import unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_STRINGS = ("secret_sha256", "account", "name", "role", "last4")
_NUMBERS = ("created_at", "expires_at", "revoked_at")


def get(key_id: str) -> ApiKey | None:
    with unavailable():
        item = (
            clients.dynamodb()
            .get_item(
                TableName=settings.keys_table(),
                Key={PARTITION_KEY: {"S": api_key_partition(key_id)}},
                ConsistentRead=True,
            )
            .get("Item")
        )
    return _api_key(item) if item else None


def put(key: ApiKey) -> None:
    """Keep a new key; its secret is not among its fields."""
    item: dict[str, AttributeValueTypeDef] = {
        PARTITION_KEY: {"S": api_key_partition(key.key_id)},
        **{name: {"S": getattr(key, name)} for name in _STRINGS},
    }
    for name in _NUMBERS:
        if (value := getattr(key, name)) is not None:
            item[name] = {"N": str(value)}
    with unavailable():
        clients.dynamodb().put_item(
            TableName=settings.keys_table(),
            Item=item,
            ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
        )


def _api_key(item: "dict[str, AttributeValueTypeDef]") -> ApiKey:
    numbers = {name: int(item[name]["N"]) for name in _NUMBERS if name in item}
    return ApiKey(
        key_id=item[PARTITION_KEY]["S"].removeprefix(API_KEY_PREFIX),
        secret_sha256=item["secret_sha256"]["S"],
        account=item["account"]["S"],
        name=item["name"]["S"],
        role=Role(item["role"]["S"]),
        last4=item["last4"]["S"],
        **numbers,
    )
