"""What happens by itself: a completed upload is checked, a removed record takes its bytes along.

    bucket ── CompleteMultipartUpload under files/ ──> queue ──> finalizer
    files table ── stream, REMOVE of a file's record ──> reaper
    once an hour ──> reconciler, which finds what the two left behind

The first two have a dead-letter queue each. The finalizer's holds messages that can be moved
back. The reaper's holds notices of what Lambda gave up on, without the records: they say that the
reconciler has something to collect.
"""

from aws_cdk import Aws, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import Config
from infra.functions import finalizer_timeout_s
from infra.storage import Storage
from lambdas.domain import keys
from lambdas.domain.limits import MESSAGE_TRIES

UPLOAD_COMPLETED = "s3:ObjectCreated:CompleteMultipartUpload"
"""Not every ObjectCreated: a direct upload was checked before its answer and wakes nobody."""

FINALIZER_QUEUE_URL = "LINEGATE_FINALIZER_QUEUE_URL"

VISIBILITY_TIMEOUTS = 6
"""Function timeouts that a message stays invisible (AWS's advice for a queue with a function)."""

MAX_RECEIVES = MESSAGE_TRIES
DEAD_LETTER_DAYS = 14
"""The longest that SQS keeps a message."""

REAPER_BATCH = 100
REAPER_RETRIES = 10
"""Then a notice goes to the dead-letter queue and the bytes wait for the reconciler."""


class Queues(Construct):
    """The finalizer's queue, its dead-letter queue, and the reaper's: encrypted, TLS only."""

    def __init__(
        self, scope: Construct, construct_id: str, config: Config, key: kms.IKey | None
    ) -> None:
        super().__init__(scope, construct_id)
        self.dead_letters = dead_letter_queue(self, "DeadLetters", key)
        self.reaper_dead_letters = dead_letter_queue(self, "ReaperDeadLetters", key)
        timeout_s = finalizer_timeout_s(config.limits.file_bytes)
        self.finalizer = sqs.Queue(
            self,
            "Finalizer",
            encryption=encryption(key),
            encryption_master_key=key,
            enforce_ssl=True,
            visibility_timeout=Duration.seconds(VISIBILITY_TIMEOUTS * timeout_s),
            retention_period=Duration.days(DEAD_LETTER_DAYS),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MAX_RECEIVES
            ),
        )


def notify_of_uploads(storage: Storage, queue: sqs.Queue, stack_name: str) -> None:
    """Let the bucket tell the queue of every upload that was completed.

    The bucket's own property, not the CDK's notification resource, which is one more function with
    wildcard rights. S3 refuses the property unless the queue already takes its messages, so the
    queue's policy comes first and cannot name the bucket: it names the account, and the beginning
    that CloudFormation gives to the names of this stack's buckets.
    """
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("s3.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:s3:::{stack_name.lower()}-*"},
            },
        )
    )
    bucket = storage.bucket.node.default_child
    assert isinstance(bucket, s3.CfnBucket)
    bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        queue_configurations=[
            s3.CfnBucket.QueueConfigurationProperty(
                event=UPLOAD_COMPLETED,
                queue=queue.queue_arn,
                filter=s3.CfnBucket.NotificationFilterProperty(
                    s3_key=s3.CfnBucket.S3KeyFilterProperty(
                        rules=[
                            s3.CfnBucket.FilterRuleProperty(name="prefix", value=keys.FILES_FOLDER)
                        ]
                    )
                ),
            )
        ]
    )
    bucket.node.add_dependency(queue.node.find_child("Policy"))


def feed_finalizer(finalizer: lambda_.Function, queue: sqs.Queue, config: Config) -> None:
    """One file a call: a large one must not keep others waiting, nor fail them with it."""
    finalizer.add_environment(FINALIZER_QUEUE_URL, queue.queue_url)
    finalizer.add_event_source(
        sources.SqsEventSource(
            queue,
            batch_size=1,
            report_batch_item_failures=True,
            max_concurrency=config.finalizer_concurrency,
        )
    )


def feed_reaper(
    reaper: lambda_.Function, storage: Storage, dead_letters: sqs.Queue, config: Config
) -> None:
    """Removed file records, by DELETE and by TTL alike; nothing else wakes the function."""
    removed_file = {
        "eventName": lambda_.FilterRule.is_equal("REMOVE"),
        "dynamodb": {
            "Keys": {keys.SORT_KEY: {"S": lambda_.FilterRule.begins_with(keys.FILE_PREFIX)}}
        },
    }
    reaper.add_event_source(
        sources.DynamoEventSource(
            storage.files_table,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=REAPER_BATCH,
            parallelization_factor=config.reaper_concurrency,
            filters=[lambda_.FilterCriteria.filter(removed_file)],
            report_batch_item_failures=True,
            bisect_batch_on_error=True,
            retry_attempts=REAPER_RETRIES,
            on_failure=sources.SqsDlq(dead_letters),
        )
    )


def schedule_reconciler(reconciler: lambda_.Function, queue: sqs.Queue) -> None:
    """Once an hour. Two runs never overlap: one lasts 15 minutes at most."""
    reconciler.add_environment(FINALIZER_QUEUE_URL, queue.queue_url)
    events.Rule(
        reconciler,
        "Schedule",
        schedule=events.Schedule.rate(Duration.hours(1)),
        targets=[
            targets.LambdaFunction(
                reconciler, event=events.RuleTargetInput.from_object({"scheduled": True})
            )
        ],
    )


def dead_letter_queue(scope: Construct, construct_id: str, key: kms.IKey | None) -> sqs.Queue:
    return sqs.Queue(
        scope,
        construct_id,
        encryption=encryption(key),
        encryption_master_key=key,
        enforce_ssl=True,
        retention_period=Duration.days(DEAD_LETTER_DAYS),
    )


def encryption(key: kms.IKey | None) -> sqs.QueueEncryption:
    return sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED
