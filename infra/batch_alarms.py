"""The rows of infra/alarms.py that are there only with batches, and which rows a deployment has."""

from infra.alarms import (
    ALARMS,
    HOUR_S,
    MINUTE_S,
    Alarm,
    Metric,
    Watched,
    own_metric,
    queue_metric,
    throttle_alarm,
    watched_routes,
)
from infra.config import Config
from infra.permissions import FunctionName
from lambdas.domain.limits import window_s

STEPS_FAILED = "BatchStepsFailed"


def _half_of_the_shortest_window_s(config: Config) -> float:
    return min(map(window_s, config.limits.completion_windows)) / 2


def _step_fails(function: FunctionName, what: str, then: str) -> Alarm:
    return Alarm(
        f"{function.title()}Fails",
        own_metric(function, STEPS_FAILED),
        threshold=4,
        period_s=15 * MINUTE_S,
        periods=1,
        meaning=f"{what} failed five times or more in a quarter of an hour. Each is retried; such "
        "a failure is no `Errors` of the function.",
        causes="S3, DynamoDB, SQS or Secrets Manager is unavailable, or a deployment broke the "
        "function.",
        action="Run the saved query *exceptions*. An outage recovers by itself, however long it "
        f"lasts. For a defect, roll back the deployment. {then}",
    )


BATCH_ALARMS: tuple[Alarm, ...] = (
    Alarm(
        "BatchDeadLetters",
        queue_metric(Watched.BATCH_DEAD_LETTERS, "ApproximateNumberOfMessagesVisible"),
        threshold=0,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning="A step of a batch failed five times. The batch stays as it is until the message "
        "is moved back.",
        causes="A defect that this batch triggers, or a function that is killed by its time limit "
        "or for memory. Outages of AWS's services do not lead here.",
        action="Run the saved query *exceptions*. Fix the cause, then "
        "[redrive](operations.md#redrive) the messages: a step repeats nothing that is done.",
    ),
    throttle_alarm(FunctionName.BATCHES),
    _step_fails(
        FunctionName.DISPATCHER,
        "Reading a batch's input",
        "The batches stay `validating` meanwhile.",
    ),
    _step_fails(
        FunctionName.WORKER,
        "Work on a chunk of a batch",
        "Results that were saved stay, and count once.",
    ),
    _step_fails(
        FunctionName.FINISHER,
        "Joining the results of a batch",
        "The batches stay `finalizing` meanwhile.",
    ),
    Alarm(
        "WorkerErrors",
        Metric("AWS/Lambda", "Errors", "Sum", FunctionName.WORKER),
        threshold=0,
        period_s=5 * MINUTE_S,
        periods=1,
        meaning="A worker ended without an answer: killed by its time limit or for memory, or "
        "unable to start. Its chunk is taken up again after 16 minutes.",
        causes="Answers that together need more memory than the function has: `batch_parallelism` "
        "× `result_line_bytes` is the most that is under way. Or a bundle that does not import.",
        action="Look in the worker's log group for `Runtime.OutOfMemory`, `Task timed out` or "
        "`Runtime.ImportModuleError`. Lower `batch_parallelism` or `result_line_bytes`.",
    ),
    Alarm(
        "ChunksGivenUp",
        own_metric(FunctionName.WORKER, "ChunksGivenUp"),
        threshold=0,
        period_s=HOUR_S,
        periods=1,
        meaning="A chunk ended five workers in a row without a result, and its open requests "
        "became error lines, `endpoint_unavailable`.",
        causes="Those of `WorkerErrors`, or a defect that one of its requests triggers.",
        action="Follow `WorkerErrors`. The log line `chunk given up` names batch and chunk. Ask "
        "the batch's owner to send the requests of its error file again.",
    ),
    Alarm(
        "EndpointUnavailable",
        own_metric(FunctionName.WORKER, "EndpointUnavailable"),
        threshold=0,
        period_s=15 * MINUTE_S,
        periods=2,
        meaning="For half an hour workers have put chunks back because the model endpoint accepts "
        "no connection or answers that it is busy. After two hours without an answer a chunk's "
        "requests become error lines.",
        causes="The model endpoint is down or overloaded, its rate limit is low, or "
        "`batch_endpoint` is wrong.",
        action="Look at the endpoint. Where it is only busy, lower `batch_workers` × "
        "`batch_parallelism`.",
    ),
    Alarm(
        "ChunksBehind",
        queue_metric(Watched.CHUNKS, "ApproximateAgeOfOldestMessage"),
        threshold=_half_of_the_shortest_window_s,
        period_s=15 * MINUTE_S,
        periods=1,
        meaning="A chunk has waited for half of the shortest completion window. Batches may "
        "expire.",
        causes="More requests arrive than the model endpoint answers, or `batch_workers` is low.",
        action="Compare *requests answered* on the dashboard with what the endpoint can do. Raise "
        "`batch_workers` or `batch_parallelism` if it can do more.",
    ),
)


def deployed_alarms(config: Config) -> tuple[Alarm, ...]:
    """The rows that a configuration makes. Pure."""
    if not config.alarms:
        return ()
    return (*ALARMS, *BATCH_ALARMS) if config.batches else ALARMS


def alarm_count(config: Config) -> int:
    """How many alarms the configuration makes, each of one metric. Pure."""
    per_route = len(watched_routes()) if config.route_metrics else 1
    return sum(per_route if alarm.by_route else 1 for alarm in deployed_alarms(config))
