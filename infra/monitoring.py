"""Alarms, whom they notify, the dashboard and the saved queries, from the tables beside.

Plain constructs of aws-cdk-lib. Everything here can be switched off: `alarms`, `dashboard`.
"""

from collections.abc import Mapping
from typing import NamedTuple

from aws_cdk import Aws, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.alarms import ALARMS, MINUTE_S, Alarm, Metric, Missing, Watched, slow_ms, watched_routes
from infra.batch_alarms import deployed_alarms
from infra.batches import BatchQueues
from infra.config import Config
from infra.events import Queues
from infra.functions import METRICS_NAMESPACE, Functions
from infra.permissions import BATCH_FUNCTIONS, FunctionName
from infra.queries import QUERIES
from infra.storage import Storage
from lambdas.domain.routes import STAGE, Route

WIDTH, HEIGHT, ROW = 8, 6, 3
"""Of a widget in the dashboard's grid, which is 24 wide: three in a row."""


TREATMENTS = {
    Missing.IS_FINE: cloudwatch.TreatMissingData.NOT_BREACHING,
    Missing.IS_AN_ALARM: cloudwatch.TreatMissingData.BREACHING,
}


class Parts(NamedTuple):
    """What is watched."""

    functions: Functions
    queues: Queues
    storage: Storage
    batch_queues: BatchQueues | None


class Monitoring(Construct):
    """`topic` is whom the alarms notify: the deployer's, or one made for an address, or none."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        config: Config,
        parts: Parts,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._config = config
        self._parts = parts
        self.topic = self._topic(key)
        alarms = self._alarms() if config.alarms else {}
        if config.dashboard:
            self._dashboard(alarms)
        if not config.local:  # the emulator has no query definitions
            self._queries()

    def _topic(self, key: kms.IKey | None) -> sns.ITopic | None:
        if self._config.alarm_topic_arn:
            return sns.Topic.from_topic_arn(self, "Topic", self._config.alarm_topic_arn)
        if not self._config.alarm_email:
            return None
        topic = sns.Topic(self, "Topic", enforce_ssl=True, master_key=key)
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="Alarms",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {"aws:SourceArn": alarm_arns()},
                },
            )
        )
        topic.add_subscription(subscriptions.EmailSubscription(self._config.alarm_email))
        return topic

    def _alarms(self) -> Mapping[str, cloudwatch.Alarm]:
        made = {}
        for row in deployed_alarms(self._config):
            if row.by_route and self._config.route_metrics:
                for route in watched_routes():
                    name = f"{row.name}-{_words(route)}"
                    made[name] = self._alarm(name, row, route)
            else:
                made[row.name] = self._alarm(row.name, row)
        return made

    def _alarm(self, name: str, row: Alarm, route: Route | None = None) -> cloudwatch.Alarm:
        operators = cloudwatch.ComparisonOperator
        percentile = row.metric.statistic.startswith("p")
        threshold = row.threshold_for(self._config)
        alarm = cloudwatch.Alarm(
            self,
            f"Alarm{name}",
            alarm_name=f"{self._config.stack_name}-{name}",
            alarm_description=f"{row.meaning} What to do: docs/runbook.md, {row.name}.",
            metric=self._metric(row.metric, row.period_s, route),
            threshold=slow_ms(route) if route and percentile else threshold,
            evaluation_periods=row.periods,
            comparison_operator=operators.LESS_THAN_THRESHOLD
            if row.below
            else operators.GREATER_THAN_THRESHOLD,
            treat_missing_data=TREATMENTS[row.missing],
            evaluate_low_sample_count_percentile="ignore" if percentile else None,
        )
        if self.topic is not None:
            action = actions.SnsAction(self.topic)
            alarm.add_alarm_action(action)
            alarm.add_ok_action(action)
        return alarm

    def _metric(
        self, metric: Metric, period_s: int, route: Route | None = None, label: str | None = None
    ) -> cloudwatch.Metric:
        dimensions = self._dimensions(metric)
        if route is not None:
            dimensions |= {"Method": route.method, "Resource": route.path}
        return cloudwatch.Metric(
            namespace=metric.namespace,
            metric_name=metric.name,
            statistic=metric.statistic,
            dimensions_map=dimensions,
            period=Duration.seconds(period_s),
            label=label,
        )

    def _dimensions(self, metric: Metric) -> dict[str, str]:
        queues, batch_queues = self._parts.queues, self._parts.batch_queues
        match metric.of:
            case FunctionName() as name if metric.namespace == METRICS_NAMESPACE:
                return {"service": str(name), "stack": self._config.stack_name}
            case FunctionName() as name:
                return {"FunctionName": self._parts.functions[name].function_name}
            case Watched.API:
                return {"ApiName": self._config.stack_name, "Stage": STAGE}
            case Watched.FILES_TABLE:
                return {"TableName": self._parts.storage.files_table.table_name}
            case Watched.CHUNKS if batch_queues:
                return {"QueueName": batch_queues.worker.queue_name}
            case Watched.BATCH_DEAD_LETTERS if batch_queues:
                return {"QueueName": batch_queues.dead_letters.queue_name}
            case Watched.CHECKS:
                return {"QueueName": queues.finalizer.queue_name}
            case Watched.CHECK_DEAD_LETTERS:
                return {"QueueName": queues.dead_letters.queue_name}
            case Watched.REMOVAL_DEAD_LETTERS:
                return {"QueueName": queues.reaper_dead_letters.queue_name}
        raise LookupError(f"{metric.of} is not deployed")

    def _dashboard(self, alarms: Mapping[str, cloudwatch.Alarm]) -> None:
        """Alarms on top, then traffic, then what each alarm watches.

        Alarms by route and of batches are in the status widget alone: beyond 50 metrics a dashboard
        is not free.
        """
        graphs = GRAPHS | BATCH_GRAPHS if self._config.batches else GRAPHS
        widgets: list[cloudwatch.IWidget] = [
            self._graph(title, lines) for title, lines in graphs.items()
        ]
        by_name = {row.name: row for row in ALARMS}
        for name, alarm in alarms.items():
            if name in by_name:
                widgets.append(
                    cloudwatch.AlarmWidget(title=name, alarm=alarm, width=WIDTH, height=HEIGHT)
                )
        rows = [widgets[at : at + ROW] for at in range(0, len(widgets), ROW)]
        if alarms:
            status = cloudwatch.AlarmStatusWidget(
                title="Alarms", alarms=[*alarms.values()], width=ROW * WIDTH, height=4
            )
            rows.insert(0, [status])
        cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=self._config.stack_name, widgets=rows
        )

    def _graph(self, title: str, lines: Mapping[str, Metric]) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title=title,
            width=WIDTH,
            height=HEIGHT,
            left=[
                self._metric(metric, 5 * MINUTE_S, label=label) for label, metric in lines.items()
            ],
        )

    def _queries(self) -> None:
        for query in QUERIES:
            functions = self._parts.functions
            groups = [functions[name].log_group for name in query.functions if name in functions]
            logs.CfnQueryDefinition(
                self,
                f"Query{query.name.title().replace(' ', '')}",
                name=f"{self._config.stack_name}/{query.name}",
                log_group_names=[group.log_group_name for group in groups],
                query_string="\n| ".join(query.lines),
            )


def _api(name: str, statistic: str) -> Metric:
    return Metric("AWS/ApiGateway", name, statistic, Watched.API)


def _own_metric(function: FunctionName, name: str) -> Metric:
    return Metric(METRICS_NAMESPACE, name, "Sum", function)


GRAPHS: dict[str, Mapping[str, Metric]] = {
    "Requests": {
        "all": _api("Count", "Sum"),
        "4xx": _api("4XXError", "Sum"),
        "5xx": _api("5XXError", "Sum"),
    },
    "Latency (ms)": {"p50": _api("Latency", "p50"), "p99": _api("Latency", "p99")},
    "Checks": {
        "files checked": _own_metric(FunctionName.FINALIZER, "FilesChecked"),
        "checks that failed": _own_metric(FunctionName.FINALIZER, "EventsFailed"),
        "lines with errors": _own_metric(FunctionName.FINALIZER, "LineErrors"),
    },
    "Functions at the same time": {
        name: Metric("AWS/Lambda", "ConcurrentExecutions", "Maximum", name)
        for name in FunctionName
        if name not in {FunctionName.RECONCILER, FunctionName.CONSOLE, *BATCH_FUNCTIONS}
    },
    "Removals": {
        "files removed": _own_metric(FunctionName.REAPER, "FilesRemoved"),
        "removals that failed": _own_metric(FunctionName.REAPER, "RemovalsFailed"),
    },
    "Capacity units of the files table": {
        "read": Metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", "Sum", Watched.FILES_TABLE),
        "written": Metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "Sum", Watched.FILES_TABLE),
    },
}


BATCH_GRAPHS: dict[str, Mapping[str, Metric]] = {
    "Batches": {
        "completed": _own_metric(FunctionName.FINISHER, "BatchesCompleted"),
        "cancelled": _own_metric(FunctionName.FINISHER, "BatchesCancelled"),
        "expired": _own_metric(FunctionName.FINISHER, "BatchesExpired"),
        "failed": _own_metric(FunctionName.DISPATCHER, "BatchesFailed"),
    },
    "Requests of batches": {
        "requests answered": _own_metric(FunctionName.FINISHER, "BatchRequestsCompleted"),
        "error lines": _own_metric(FunctionName.FINISHER, "BatchRequestsFailed"),
        "chunks put back": _own_metric(FunctionName.WORKER, "EndpointUnavailable"),
    },
}


def alarm_arns() -> str:
    """The alarms of this account and region, as a condition names them."""
    return f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm:*"


def _words(route: Route) -> str:
    """`POST-uploads-upload_id-parts`: a route in an alarm's name. Pure."""
    return "-".join([route.method, *(word.strip("{}") for word in route.path.split("/") if word)])
