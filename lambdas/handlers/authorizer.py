"""Who is calling: an API key becomes an account, or the gateway answers 401.

The gateway keeps the answer for the deployment's cache time, so a revoked key lives that long.
The policy covers the whole stage because the gateway reuses it for every route.
"""

from typing import TYPE_CHECKING, Any

from lambdas import deadline, settings
from lambdas.domain.keys import counter_of_account
from lambdas.handlers.clock import now_ms
from lambdas.observability import log_invocation, logger
from lambdas.stores import key_table
from linegate.api_keys import NOBODY, ApiKey, parse_bearer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Event = dict[str, Any]


class AuthorizerFailed(Exception):
    """For Lambda's log and API Gateway; our own log has more. The client receives a 500."""


@log_invocation
def handler(event: Event, context: "LambdaContext") -> Event:
    """An IAM policy for API Gateway, with account, key id and role as context where it allows."""
    try:
        with deadline.within(deadline.AUTHORIZER_BUDGET_S):
            key = _key_of(event, now_ms() // 1000)
    except Exception:
        logger.exception("not authorized and not denied")
        raise AuthorizerFailed from None
    if key is None:
        logger.info("denied", request_id=event["requestContext"].get("requestId"))
        return _policy("nobody", "Deny", event["methodArn"], {})
    who = {"account": key.account, "key_id": key.key_id, "role": key.role.value}
    policy = _policy(key.key_id, "Allow", event["methodArn"], who)
    if prefix := settings.account_counters():
        policy["usageIdentifierKey"] = counter_of_account(prefix, key.account)
    return policy


def _key_of(event: Event, now: int) -> ApiKey | None:
    header = _authorization(event)
    credentials = parse_bearer(header) if header is not None else None
    if credentials is None:
        return None
    key_id, secret = credentials
    key = key_table.get(key_id) or NOBODY
    return key if key.opens(secret, now) else None


def _authorization(event: Event) -> str | None:
    """The one Authorization header. None without one, and where there are two, whatever they say.

    API Gateway writes every header into both maps, the last of several into `headers`. Emulators
    fill only one of the two; where both have it they must agree.
    """
    several = _named_authorization(event.get("multiValueHeaders"))
    single = _named_authorization(event.get("headers"))
    values = [value for listed in several for value in listed] or single
    if len(values) != 1 or len(single) > 1 or single not in ([], values):
        return None
    header: str = values[0]
    return header


def _named_authorization(headers: dict[str, Any] | None) -> list[Any]:
    return [value for name, value in (headers or {}).items() if name.lower() == "authorization"]


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
