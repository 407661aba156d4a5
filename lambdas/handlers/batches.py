"""`/batches`: create, list, retrieve, cancel. Only where the deployment has a model endpoint."""

import json
from typing import TYPE_CHECKING

from lambdas import settings
from lambdas.domain.batch import BatchRecord
from lambdas.domain.batch_requests import parse_new_batch
from lambdas.domain.batch_wire import BatchList, BatchObject
from lambdas.domain.ids import BATCH_ID_PREFIX, new_ulid, ulid_of_batch
from lambdas.domain.ids import batch_id as id_of
from lambdas.domain.keys import BatchKey
from lambdas.domain.requests import parse_page_query
from lambdas.domain.upload_requests import parse_json
from lambdas.handlers.api import (
    Event,
    caller,
    direct_body,
    new_api,
    query,
    repeatable,
    serve,
)
from lambdas.handlers.audit import mark_replayed
from lambdas.handlers.clock import now_ms
from lambdas.observability import log_invocation, logger, metrics
from lambdas.stores import batch_table
from lambdas.stores.idempotency_table import Kept, once
from lambdas.workflows.batching import cancel_batch, create_batch

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

app = new_api()


@app.post("/batches")
def create() -> BatchObject:
    who, at_ms = caller(app), now_ms()
    new = parse_new_batch(parse_json(direct_body(app)), settings.limits())
    key = BatchKey(who.account, new_ulid(at_ms))

    def act() -> BatchRecord:
        logger.append_keys(batch_id=id_of(key.ulid))
        return create_batch(new, key, at_ms // 1000)

    def keep(created: BatchRecord) -> Kept:
        return {"ulid": created.key.ulid}

    def recall(kept: Kept) -> BatchRecord:
        mark_replayed()
        logger.append_keys(batch_id=id_of(kept["ulid"]))
        return batch_table.get(BatchKey(who.account, kept["ulid"]), at_ms // 1000)

    metadata = json.dumps(new.metadata, sort_keys=True)
    asked = (new.input_ulid, new.endpoint, new.completion_window, new.results_retention_s, metadata)
    request = repeatable(app, who.account, "POST /batches", *asked)
    return BatchObject.of(once(request, app.lambda_context, act, keep, recall))


@app.get("/batches")
def list_batches() -> BatchList:
    page_query = parse_page_query(query(app), BATCH_ID_PREFIX)
    return BatchList.of(*batch_table.list_page(caller(app).account, page_query, _now()))


@app.get("/batches/<batch_id>")
def retrieve(batch_id: str) -> BatchObject:
    return BatchObject.of(batch_table.get(_key(batch_id), _now()))


@app.post("/batches/<batch_id>/cancel")
def cancel(batch_id: str) -> BatchObject:
    return BatchObject.of(cancel_batch(_key(batch_id), _now()))


@log_invocation
@metrics.log_metrics
def handler(event: Event, context: "LambdaContext") -> Event:
    return serve(app, event, context)


def _key(batch_id: str) -> BatchKey:
    """The caller's batch of this id, whether it exists or not. Raises BatchNotFound."""
    key = BatchKey(caller(app).account, ulid_of_batch(batch_id))
    logger.append_keys(batch_id=batch_id)
    return key


def _now() -> int:
    return now_ms() // 1000
