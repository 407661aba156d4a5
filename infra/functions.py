"""The functions: their sizes, their roles, their log groups, their environment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import CfnResource, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.account_throttle import usage_prefix
from infra.bundling import lambda_runtime
from infra.config import Config
from infra.encryption import key_statements
from infra.parameter import LOG_RETENTION_DAYS
from infra.permissions import (
    BATCH_FUNCTIONS,
    PERMISSIONS,
    FunctionName,
    Resource,
    create_role,
    uses,
)
from infra.removal import removal_policy
from infra.storage import Storage
from lambdas.domain.limits import MIB

METRICS_NAMESPACE = "Linegate"

ONE_CPU_MB = 1_769
"""Memory at which AWS gives a function one full vCPU."""

FINALIZER_MB = 1_024
"""The cheapest that has a file's verdict within 1.15 times what reading it takes, with room for a
slower CPU (benchmarks/memory_price.py): it waits for S3 most of the time."""

GATEWAY_TIMEOUT_S = 29
"""API Gateway's limit for an integration: a longer answer would reach nobody."""

AUTHORIZER_TIMEOUT_S = 5
REAPER_TIMEOUT_S = 60
FINALIZER_MIN_TIMEOUT_S = 120
LAMBDA_MAX_TIMEOUT_S = 900
RECONCILER_TIMEOUT_S = LAMBDA_MAX_TIMEOUT_S
DISPATCHER_TIMEOUT_S = 300
WORKER_TIMEOUT_S = LAMBDA_MAX_TIMEOUT_S
FINISHER_TIMEOUT_S = LAMBDA_MAX_TIMEOUT_S

FINALIZER_MIN_BYTES_PER_S = 2 * MIB
"""Far below what reading and checking takes (measured: 60 MB/s at the slowest)."""


CONSOLE_MB = 512
"""It reads a few small files once: the memory is for the CPU of its cold start."""

SERVE_ROUTES = frozenset({FunctionName.FILES, FunctionName.UPLOADS, FunctionName.BATCHES})
TAKE_LIMITS = SERVE_ROUTES | {FunctionName.FINALIZER, FunctionName.WORKER, FunctionName.FINISHER}


def finalizer_timeout_s(file_bytes: int) -> int:
    """Time enough to check the largest file that the deployment accepts. Pure."""
    seconds = -(-file_bytes // FINALIZER_MIN_BYTES_PER_S)
    return min(max(seconds, FINALIZER_MIN_TIMEOUT_S), LAMBDA_MAX_TIMEOUT_S)


@dataclass(frozen=True)
class Size:
    memory_mb: int
    timeout_s: int


def sizes(config: Config) -> dict[FunctionName, Size]:
    """One vCPU where a client waits for lines to be checked. The others mostly wait themselves."""
    sized = {
        FunctionName.FILES: Size(ONE_CPU_MB, GATEWAY_TIMEOUT_S),
        FunctionName.UPLOADS: Size(ONE_CPU_MB, GATEWAY_TIMEOUT_S),
        FunctionName.AUTHORIZER: Size(512, AUTHORIZER_TIMEOUT_S),
        FunctionName.FINALIZER: Size(FINALIZER_MB, finalizer_timeout_s(config.limits.file_bytes)),
        FunctionName.REAPER: Size(512, REAPER_TIMEOUT_S),
        FunctionName.RECONCILER: Size(512, RECONCILER_TIMEOUT_S),
        FunctionName.BATCHES: Size(ONE_CPU_MB, GATEWAY_TIMEOUT_S),
        FunctionName.DISPATCHER: Size(ONE_CPU_MB, DISPATCHER_TIMEOUT_S),
        FunctionName.WORKER: Size(ONE_CPU_MB, WORKER_TIMEOUT_S),
        FunctionName.FINISHER: Size(ONE_CPU_MB, FINISHER_TIMEOUT_S),
        FunctionName.CONSOLE: Size(CONSOLE_MB, GATEWAY_TIMEOUT_S),
    }
    absent = set() if config.batches else set(BATCH_FUNCTIONS)
    if not config.console:
        absent.add(FunctionName.CONSOLE)
    return {name: size for name, size in sized.items() if name not in absent}


LIVE = "live"
"""The alias that the API calls where functions start from snapshots, which only versions have."""

FROM_SNAPSHOTS = SERVE_ROUTES | {FunctionName.AUTHORIZER}
"""What a client waits for."""


class Functions(Construct):
    """`self[name]` is the function; none of the CDK's own grants can widen its role."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        config: Config,
        code: lambda_.Code,
        storage: Storage,
        arns: Mapping[Resource, str],
        key: kms.IKey | None,
        published_key: str | None = None,
    ) -> None:
        """`published_key` names the code where `code` does not: versions change with it."""
        super().__init__(scope, construct_id)
        self._functions = {
            name: _function(self, name, size, code, config, storage, arns, key)
            for name, size in sizes(config).items()
        }
        self._live: dict[FunctionName, lambda_.Alias] = {}
        if config.snapstart:
            for name in FROM_SNAPSHOTS & set(self._functions):
                if published_key:
                    self[name].invalidate_version_based_on(published_key)
                self._live[name] = self[name].add_alias(LIVE)

    def __contains__(self, name: FunctionName) -> bool:
        """Whether the deployment has it."""
        return name in self._functions

    def __getitem__(self, name: FunctionName) -> lambda_.Function:
        return self._functions[name]

    def called(self, name: FunctionName) -> lambda_.IFunction:
        """What the API calls: the function, or its live version."""
        return self._live.get(name, self._functions[name])


def _function(
    scope: Construct,
    name: FunctionName,
    size: Size,
    code: lambda_.Code,
    config: Config,
    storage: Storage,
    arns: Mapping[Resource, str],
    key: kms.IKey | None,
) -> lambda_.Function:
    room = Construct(scope, name.title())
    log_group = logs.LogGroup(
        room,
        "Logs",
        encryption_key=key,
        retention=LOG_RETENTION_DAYS[config.log_retention_days],
        removal_policy=removal_policy(config),
    )
    own_arns = {**arns, Resource.OWN_LOGS: log_group.log_group_arn}
    also = [*key_statements(PERMISSIONS[name], key), *tracing_statements(config)]
    role = create_role(room, name, own_arns, also)
    runtime, architecture = lambda_runtime(config.architecture, config.python_version)
    function = lambda_.Function(
        room,
        "Function",
        description=f"{config.stack_name}: {name}",
        runtime=runtime,
        architecture=architecture,
        code=code,
        handler=f"lambdas.handlers.{name}.handler",
        memory_size=size.memory_mb,
        timeout=Duration.seconds(size.timeout_s),
        role=role.without_policy_updates(),
        log_group=log_group,
        tracing=lambda_.Tracing.ACTIVE if config.tracing else None,
        snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS
        if config.snapstart and name in FROM_SNAPSHOTS
        else None,
        environment=environment(name, config, storage),
    )
    # The CDK repeats what the reference to the role says already (cfn-lint W3005).
    resource = function.node.default_child
    assert isinstance(resource, CfnResource)
    resource.add_deletion_override("DependsOn")
    return function


def tracing_statements(config: Config) -> list[iam.PolicyStatement]:
    """What Lambda itself needs in the function's name to send traces; X-Ray knows no resources."""
    if not config.tracing:
        return []
    return [
        iam.PolicyStatement(
            actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]
        )
    ]


def environment(name: FunctionName, config: Config, storage: Storage) -> dict[str, str]:
    """Only what the function needs: names of the resources it has rights for, changed limits."""
    variables = {
        "POWERTOOLS_SERVICE_NAME": str(name),
        "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
        "POWERTOOLS_LOG_LEVEL": config.log_level,
        "LINEGATE_STACK_NAME": config.stack_name,
    }
    if uses(name, Resource.FILES_TABLE):
        variables["LINEGATE_FILES_TABLE"] = storage.files_table.table_name
    if uses(name, Resource.KEYS_TABLE):
        variables["LINEGATE_KEYS_TABLE"] = storage.keys_table.table_name
    if uses(name, Resource.FILE_OBJECTS, Resource.PART_OBJECTS, Resource.BATCH_OBJECTS):
        variables["LINEGATE_BUCKET"] = storage.bucket.bucket_name
    if config.account_rate and name is FunctionName.AUTHORIZER:
        variables["LINEGATE_ACCOUNT_COUNTERS"] = usage_prefix(config)
    if config.limit_changes and name in TAKE_LIMITS:
        variables["LINEGATE_LIMITS"] = json.dumps(config.limit_changes, sort_keys=True)
    if config.allowed_origins and name in SERVE_ROUTES:
        variables["LINEGATE_ALLOWED_ORIGINS"] = json.dumps(config.allowed_origins)
    if config.audit_filenames and name in (FunctionName.FILES, FunctionName.UPLOADS):
        variables["LINEGATE_AUDIT_FILENAMES"] = "true"
    if name is FunctionName.CONSOLE:
        variables["LINEGATE_STORAGE_ORIGIN"] = storage.origin(config)
    if name is FunctionName.WORKER:
        variables |= worker_environment(config)
    return variables


def worker_environment(config: Config) -> dict[str, str]:
    """How the model endpoint is met; the secret by its name, never by its content."""
    variables = {
        "LINEGATE_BATCH_ENDPOINT": config.batch_endpoint or "",
        "LINEGATE_BATCH_PARALLELISM": str(config.batch_parallelism),
        "LINEGATE_BATCH_REQUEST_TIMEOUT_S": str(config.batch_request_timeout_s),
    }
    if config.batch_endpoint_secret:
        variables["LINEGATE_BATCH_ENDPOINT_KEY_NAME"] = config.batch_endpoint_secret
    return variables
