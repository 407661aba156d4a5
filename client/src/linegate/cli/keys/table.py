"""The keys table as an operator uses it.

IAM actions on the table: dynamodb:PutItem (create), dynamodb:Scan (list), dynamodb:UpdateItem
(revoke).
"""

from typing import Any

from botocore.exceptions import ClientError

from ...api_keys import PARTITION_KEY, ApiKey, api_key_of, item_key, item_of
from ..errors import NotThere
from .aws_errors import code_of, translate_errors
from .stack import Table


def create(table: Table, key: ApiKey) -> None:
    with translate_errors(f"table {table.name}"):
        table.dynamodb.put_item(
            TableName=table.name,
            Item=item_of(key),
            ConditionExpression=f"attribute_not_exists({PARTITION_KEY})",
        )


def scan(table: Table, account: str | None = None) -> list[ApiKey]:
    """All keys, or an account's, by account and age. Reads the whole table, which is small."""
    request: dict[str, Any] = {"TableName": table.name}
    if account is not None:
        request |= {
            "FilterExpression": "#account = :account",
            "ExpressionAttributeNames": {"#account": "account"},
            "ExpressionAttributeValues": {":account": {"S": account}},
        }
    found: list[ApiKey] = []
    with translate_errors(f"table {table.name}"):
        for page in table.dynamodb.get_paginator("scan").paginate(**request):
            found += [api_key_of(item) for item in page["Items"]]
    return sorted(found, key=lambda key: (key.account, key.created_at, key.key_id))


def revoke(table: Table, key_id: str, now: int) -> ApiKey:
    """The key as it is then; one that was revoked before stays so since then. Raises NotThere."""
    with translate_errors(f"table {table.name}"):
        try:
            answer = table.dynamodb.update_item(
                TableName=table.name,
                Key=item_key(key_id),
                UpdateExpression="SET revoked_at = if_not_exists(revoked_at, :now)",
                ConditionExpression=f"attribute_exists({PARTITION_KEY})",
                ExpressionAttributeValues={":now": {"N": str(now)}},
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise NotThere(f"There is no key {key_id!r}: see linegate keys list") from error
    return api_key_of(answer["Attributes"])
