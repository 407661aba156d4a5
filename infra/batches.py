"""What batches add to the stack: three queues, one for each step, and a dead-letter queue.

    POST /batches ──> dispatcher's queue ──> dispatcher: pins the input, cuts it into chunks
                        ──> worker's queue ──> worker: sends requests to the model endpoint
                              ──> finisher's queue ──> finisher: joins the results into files

None of it exists without `batch_endpoint`. `batch_workers` is the throttle: as many chunks are
worked on in parallel, whoever's they are.
"""

from collections.abc import Mapping

from aws_cdk import Aws, Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import Config
from infra.events import DEAD_LETTER_DAYS, MAX_RECEIVES, dead_letter_queue, encryption
from infra.functions import (
    DISPATCHER_TIMEOUT_S,
    FINISHER_TIMEOUT_S,
    WORKER_TIMEOUT_S,
    Functions,
)
from infra.permissions import FunctionName, Resource
from infra.storage import Storage
from lambdas.domain import keys

VISIBILITY_MARGIN_S = 60
"""A message is handled alone and postponed by the function where it fails: only one whose function
was killed waits as long as the queue says, and then no longer than it has to."""

CONTROL_CONCURRENCY = 2
"""Of dispatcher and finisher: the least that an event source can be limited to."""

ARN_SUFFIX = "-??????"
"""Secrets Manager ends a secret's ARN with a hyphen and six characters of its own."""


class BatchQueues(Construct):
    """One queue for each step: encrypted, TLS only."""

    def __init__(self, scope: Construct, construct_id: str, key: kms.IKey | None) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = dead_letter_queue(self, "DeadLetters", key)
        self.dispatcher = self._queue("Dispatcher", DISPATCHER_TIMEOUT_S, key)
        self.worker = self._queue("Worker", WORKER_TIMEOUT_S, key)
        self.finisher = self._queue("Finisher", FINISHER_TIMEOUT_S, key)

    def _queue(self, name: str, timeout_s: int, key: kms.IKey | None) -> sqs.Queue:
        return sqs.Queue(
            self,
            name,
            encryption=encryption(key),
            encryption_master_key=key,
            enforce_ssl=True,
            visibility_timeout=Duration.seconds(timeout_s + VISIBILITY_MARGIN_S),
            retention_period=Duration.days(DEAD_LETTER_DAYS),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MAX_RECEIVES
            ),
        )


def batch_arns(storage: Storage, queues: BatchQueues, config: Config) -> Mapping[Resource, str]:
    """The ARNs that the batch functions' rows are about."""
    arns = {
        Resource.BATCH_OBJECTS: storage.bucket.arn_for_objects(f"{keys.BATCHES_FOLDER}*"),
        Resource.DISPATCHER_QUEUE: queues.dispatcher.queue_arn,
        Resource.WORKER_QUEUE: queues.worker.queue_arn,
        Resource.FINISHER_QUEUE: queues.finisher.queue_arn,
    }
    if config.batch_endpoint_secret:
        place = f"{Aws.PARTITION}:secretsmanager:{Aws.REGION}:{Aws.ACCOUNT_ID}"
        name = config.batch_endpoint_secret + ARN_SUFFIX
        arns[Resource.ENDPOINT_KEY] = f"arn:{place}:secret:{name}"
    return arns


def feed_batches(functions: Functions, queues: BatchQueues, config: Config) -> None:
    """Each function by its queue, one message a call, and the address of each queue that it has
    rights for."""
    for name, queue, concurrency in (
        (FunctionName.DISPATCHER, queues.dispatcher, CONTROL_CONCURRENCY),
        (FunctionName.WORKER, queues.worker, config.batch_workers),
        (FunctionName.FINISHER, queues.finisher, CONTROL_CONCURRENCY),
    ):
        functions[name].add_event_source(
            sources.SqsEventSource(
                queue,
                batch_size=1,
                report_batch_item_failures=True,
                max_concurrency=concurrency,
            )
        )
    senders = {
        "LINEGATE_DISPATCHER_QUEUE_URL": (
            queues.dispatcher,
            (FunctionName.BATCHES, FunctionName.DISPATCHER),
        ),
        "LINEGATE_WORKER_QUEUE_URL": (
            queues.worker,
            (FunctionName.DISPATCHER, FunctionName.WORKER),
        ),
        "LINEGATE_FINISHER_QUEUE_URL": (
            queues.finisher,
            (FunctionName.DISPATCHER, FunctionName.WORKER, FunctionName.FINISHER),
        ),
    }
    for variable, (queue, names) in senders.items():
        for name in names:
            functions[name].add_environment(variable, queue.queue_url)
