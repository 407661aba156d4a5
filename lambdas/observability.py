"""Structured logs and metrics. Never given keys, file content, file names or signed URLs.

What an exception says is not ours: botocore quotes parameters, pydantic quotes values, and a file
could be among either. So a log has an exception's type, AWS's code for it, and the lines of code
it passed through; never its message.
"""

import gc
import logging
import traceback
import warnings
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar, cast

from aws_lambda_powertools import Logger, Metrics, single_metric
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

from lambdas import settings

_Parameters = ParamSpec("_Parameters")
_Answer = TypeVar("_Answer")


def describe_error(error: BaseException | None) -> str | None:
    """An exception without its message: `ClientError SlowDown`, `ReadTimeoutError`. Pure."""
    if error is None:
        return None
    answer = getattr(error, "response", None)
    code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    return f"{type(error).__name__} {code}" if code else type(error).__name__


class _Formatter(LambdaPowertoolsFormatter):
    """Powertools' own, but for exceptions."""

    def _extract_log_exception(
        self, log_record: logging.LogRecord
    ) -> tuple[str, str, list[str]] | tuple[None, None, None]:
        error = log_record.exc_info[1] if log_record.exc_info else None
        if error is None:
            return None, None, None
        return _without_messages(error), type(error).__name__, []


def _without_messages(error: BaseException) -> str:
    """The traceback as Python prints it, each exception by its description alone. Pure."""
    told: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.format_list(traceback.extract_tb(current.__traceback__))
        told.append("".join([*frames, f"{describe_error(current)}"]))
        hidden = None if current.__suppress_context__ else current.__context__
        current = current.__cause__ or hidden
    return "\n\nafter\n\n".join(told)


logger = Logger(logger_formatter=_Formatter(serialize_stacktrace=False))
NAMESPACE = "Linegate"
metrics = Metrics(namespace=NAMESPACE)
if _stack_name := settings.stack_name():
    metrics.set_default_dimensions(stack=_stack_name)

warnings.filterwarnings("ignore", "No application metrics to publish")
"""An invocation with nothing to count is usual, and CloudWatch bills what is written."""

logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
"""It warns of every odd byte in a form; the client gets one error, and the log one line."""


def count_each(metric: str, dimension: str, counts: Mapping[str, int]) -> None:
    """Count a metric apart for each value of a dimension."""
    for value, count in counts.items():
        with single_metric(
            metric,
            MetricUnit.Count,
            count,
            namespace=NAMESPACE,
            default_dimensions=metrics.default_dimensions,
        ) as one:
            one.add_dimension(dimension, value)


def log_invocation(handler: Callable[_Parameters, _Answer]) -> Callable[_Parameters, _Answer]:
    """Give a function's log lines its invocation; never the event, which holds the caller's key.

    Powertools would log the event where POWERTOOLS_LOGGER_LOG_EVENT says so. It is the last that a
    function's module does, so here garbage is collected again (lambdas/handlers/__init__.py).
    """
    gc.freeze()
    gc.enable()
    decorated: Any = logger.inject_lambda_context(
        cast("Any", handler), clear_state=True, log_event=False
    )
    return cast("Callable[_Parameters, _Answer]", decorated)
