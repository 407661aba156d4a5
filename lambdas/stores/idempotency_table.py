"""First answers in the files table, by Powertools' idempotency utility.

One item a key: partition `ANSWERS#<account>`, sort key `<route>#<hash of the key>`, gone by TTL.

| access pattern | operation                                                                  |
|----------------|----------------------------------------------------------------------------|
| claim          | PutItem, if absent, expired, or left by an invocation that is over by now  |
| recall         | what the refused PutItem answers with: no further call                     |
| keep           | UpdateItem                                                                 |
| give up        | DeleteItem, after an error                                                 |

What is stopped between acting and keeping acts again when it is repeated half a minute later.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from lambdas import clients, settings
from lambdas.domain.errors import InvalidValue
from lambdas.domain.idempotency import HEADER, KEPT_S, Repeatable, StillWorking
from lambdas.domain.keys import PARTITION_KEY, SORT_KEY, TTL_ATTRIBUTE, answers_partition
from lambdas.observability import describe_error, logger
from lambdas.stores.failures import unavailable

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Kept = dict[str, Any]
"""What is needed to answer again, as JSON has it."""

_Answer = TypeVar("_Answer")


def once(
    request: Repeatable | None,
    context: "LambdaContext",
    act: Callable[[], _Answer],
    keep: Callable[[_Answer], Kept],
    recall: Callable[[Kept], _Answer],
) -> _Answer:
    """Act, or recall what an equal request was answered with. Without a request: just act.

    Raises what `act` and `recall` raise, InvalidValue where the key came with another request,
    StillWorking while the first one has no answer, or Unavailable. What fails is not kept.
    """
    if request is None:
        return act()
    # Only here, because it costs every cold start and few clients send a key.
    from aws_lambda_powertools.utilities.idempotency import (
        DynamoDBPersistenceLayer,
        IdempotencyConfig,
        exceptions,
        idempotent_function,
    )

    acted: list[_Answer] = []
    failed: list[Exception] = []

    def first(*, asked: dict[str, str]) -> Kept:  # noqa: ARG001  # Powertools reads it
        try:
            acted.append(act())
        except Exception as error:
            failed.append(error)
            raise
        return keep(acted[0])

    answered = idempotent_function(
        first,
        data_keyword_argument="asked",
        persistence_store=DynamoDBPersistenceLayer(
            table_name=settings.files_table(),
            key_attr=PARTITION_KEY,
            static_pk_value=answers_partition(request.account),
            sort_key_attr=SORT_KEY,
            expiry_attr=TTL_ATTRIBUTE,
            boto3_client=clients.dynamodb(),
        ),
        config=IdempotencyConfig(
            event_key_jmespath="key",
            payload_validation_jmespath="digest",
            expires_after_seconds=KEPT_S,
            hash_function="sha256",
            lambda_context=context,
        ),
        key_prefix=request.route,
    )
    try:
        kept = answered(asked={"key": request.key, "digest": request.digest})
    except exceptions.IdempotencyValidationError as error:
        raise InvalidValue(
            HEADER,
            f"This {HEADER} was used for a different request. Use a new key for each request.",
        ) from error
    except (
        exceptions.IdempotencyAlreadyInProgressError,
        exceptions.IdempotencyInconsistentStateError,
    ) as error:
        raise StillWorking from error
    except exceptions.IdempotencyPersistenceLayerError as error:
        if failed:
            raise failed[0] from error
        if not acted:
            with unavailable():
                raise error.__cause__ or error from error
        logger.warning("answer not kept", cause=describe_error(error.__cause__))
        return acted[0]
    return acted[0] if acted else recall(kept)
