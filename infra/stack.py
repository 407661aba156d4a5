"""The one stack, put together, and its outputs: what people and tools need to use it."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.api import Api
from infra.batches import BatchQueues, batch_arns, feed_batches
from infra.bundling import lambda_code
from infra.config import Config
from infra.encryption import customer_key
from infra.events import (
    Queues,
    feed_finalizer,
    feed_reaper,
    notify_of_uploads,
    schedule_reconciler,
)
from infra.functions import Functions
from infra.monitoring import Monitoring, Parts
from infra.permissions import FunctionName, Resource
from infra.published_code import published_code
from infra.storage import Storage
from lambdas.domain import keys
from lambdas.domain.routes import CONSOLE_ROUTES
from lambdas.domain.version import VERSION


class LinegateStack(Stack):
    """Synthesizes without credentials: account and region are those of the deployment."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        config: Config,
        published_key: str | None = None,
    ) -> None:
        """`published_key`: the object key of the functions' zip where that is no CDK asset."""
        super().__init__(
            scope, construct_id, description=f"Linegate {VERSION}: a Files API for batch inference"
        )
        code = (
            published_code(self, published_key)
            if published_key
            else lambda_code(self, config.architecture, config.python_version)
        )
        key = customer_key(self, config)
        self.storage = Storage(self, "Storage", config, key)
        self.queues = Queues(self, "Queues", config, key)
        notify_of_uploads(self.storage, self.queues.finalizer, config.stack_name)
        arns = dict(resource_arns(self.storage, self.queues))
        self.batch_queues = BatchQueues(self, "BatchQueues", key) if config.batches else None
        if self.batch_queues is not None:
            arns |= batch_arns(self.storage, self.batch_queues, config)
        self.functions = Functions(
            self, "Functions", config, code, self.storage, arns, key, published_key
        )
        feed_finalizer(self.functions[FunctionName.FINALIZER], self.queues.finalizer, config)
        feed_reaper(
            self.functions[FunctionName.REAPER],
            self.storage,
            self.queues.reaper_dead_letters,
            config,
        )
        if self.batch_queues is not None:
            feed_batches(self.functions, self.batch_queues, config)
        schedule_reconciler(self.functions[FunctionName.RECONCILER], self.queues.finalizer)
        self.api = Api(self, "Api", config, self.functions, key)
        if config.console:
            self.storage.allow_console(self.api.origin)
        parts = Parts(self.functions, self.queues, self.storage, self.batch_queues)
        self.monitoring = Monitoring(self, "Monitoring", config, parts, key)
        self._add_outputs(config)

    def _add_outputs(self, config: Config) -> None:
        outputs = {
            "BaseUrl": self.api.base_url,
            "FilesTable": self.storage.files_table.table_name,
            "KeysTable": self.storage.keys_table.table_name,
            "Bucket": self.storage.bucket.bucket_name,
            "FinalizerQueueUrl": self.queues.finalizer.queue_url,
            "DeadLetterQueueUrl": self.queues.dead_letters.queue_url,
            "ReaperDeadLetterQueueUrl": self.queues.reaper_dead_letters.queue_url,
            "ReconcilerFunction": self.functions[FunctionName.RECONCILER].function_name,
        }
        if config.console:
            outputs["ConsoleUrl"] = f"{self.api.base_url}{CONSOLE_ROUTES[0].path}"
        if self.batch_queues is not None:
            outputs["BatchDeadLetterQueueUrl"] = self.batch_queues.dead_letters.queue_url
        if self.api.domain is not None:
            outputs["DomainTarget"] = self.api.domain.domain_name_alias_domain_name
            outputs["DomainTargetZone"] = self.api.domain.domain_name_alias_hosted_zone_id
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)


def resource_arns(storage: Storage, queues: Queues) -> Mapping[Resource, str]:
    """The ARN that each row of the permissions table is about, but for the functions' own logs."""
    stream_arn = storage.files_table.table_stream_arn
    assert stream_arn is not None
    return {
        Resource.FILES_TABLE: storage.files_table.table_arn,
        Resource.UNCHECKED_FILES: f"{storage.files_table.table_arn}/index/{keys.UNCHECKED_INDEX}",
        Resource.FILES_STREAM: stream_arn,
        Resource.FILES_STREAMS: f"{storage.files_table.table_arn}/stream/*",
        Resource.KEYS_TABLE: storage.keys_table.table_arn,
        Resource.BUCKET: storage.bucket.bucket_arn,
        Resource.FILE_OBJECTS: storage.bucket.arn_for_objects(f"{keys.FILES_FOLDER}*"),
        Resource.PART_OBJECTS: storage.bucket.arn_for_objects(f"{keys.PARTS_FOLDER}*"),
        Resource.RECONCILER_PROGRESS: storage.bucket.arn_for_objects(keys.RECONCILER_PROGRESS),
        Resource.FINALIZER_QUEUE: queues.finalizer.queue_arn,
        Resource.REAPER_FAILURES: queues.reaper_dead_letters.queue_arn,
    }
