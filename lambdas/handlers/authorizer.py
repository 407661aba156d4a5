"""Who is calling: an API key becomes an account, or the gateway answers 401.

The gateway keeps the answer for the deployment's cache time, so a revoked key lives that long.
The policy covers the whole stage because the gateway reuses it for every route.
"""

import time
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from lambdas.domain.api_key import NOBODY, ApiKey, parse_bearer
from lambdas.observability import logger
from lambdas.stores import key_table

Event = dict[str, Any]


@logger.inject_lambda_context(clear_state=True)
def handler(event: Event, context: LambdaContext) -> Event:
    """An IAM policy for API Gateway, with account, key id and role as context where it allows."""
    key = _key_of(event, int(time.time()))
    if key is None:
        logger.info("denied", request_id=event["requestContext"].get("requestId"))
        return _policy("nobody", "Deny", event["methodArn"], {})
    who = {"account": key.account, "key_id": key.key_id, "role": key.role.value}
    return _policy(key.key_id, "Allow", event["methodArn"], who)


def _key_of(event: Event, now: int) -> ApiKey | None:
    headers = event.get("multiValueHeaders") or {}
    values = [v for name, vs in headers.items() if name.lower() == "authorization" for v in vs]
    credentials = parse_bearer(values[0]) if len(values) == 1 else None
    if credentials is None:
        return None
    key_id, secret = credentials
    key = key_table.get(key_id) or NOBODY
    return key if key.opens(secret, now) else None


def _policy(principal: str, effect: str, method_arn: str, context: dict[str, str]) -> Event:
    api_and_stage = "/".join(method_arn.split("/")[:2])
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": effect,
        "Resource": f"{api_and_stage}/*",
    }
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
