"""The keys table: one item a key, found by its id alone.

| access pattern | operation            |
|----------------|----------------------|
| authorize      | GetItem, consistent  |
| issue          | PutItem, if absent   |

Keys are listed and revoked by the operator's command line, never by the service.
"""

from lambdas import clients, settings
from lambdas.stores.failures import unavailable
from linegate.api_keys import PARTITION_KEY, ApiKey, api_key_of, item_key, item_of


def get(key_id: str) -> ApiKey | None:
    with unavailable():
        item = (
            clients.dynamodb_for_keys()
            .get_item(TableName=settings.keys_table(), Key=item_key(key_id), ConsistentRead=True)
            .get("Item")
        )
    return api_key_of(item) if item else None


def put(key: ApiKey) -> None:
    """Keep a new key; its secret is not among its fields."""
    with unavailable():
        clients.dynamodb().put_item(
            TableName=settings.keys_table(),
            Item=item_of(key),
            ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
        )
