"""What a batch of 100,000 requests costs, without the model: the table of docs/batches.md. Pure.

    python -m docgen.batch_costs

Work follows from the code: chunks of CHUNK_REQUESTS, saves at the intervals of working.py,
one poll of SQS for each message. Assumed is how large requests and answers are and how long the
model takes; 100,000 requests are two files, as a file holds 50,000. Unit prices: infra/prices.py.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from docgen.costs import LOG_BYTES, QUEUE_REQUESTS, Cost
from infra import prices
from infra.config import Config
from infra.functions import sizes
from infra.permissions import FunctionName
from lambdas.domain.chunk import CHUNK_BYTES, CHUNK_REQUESTS
from lambdas.domain.limits import GIB, MIB
from lambdas.workflows.working import FIRST_SAVE_S, LONGEST_SAVE_S

REQUESTS = 100_000
FILES = 2
REQUEST_BYTES = 2_000
ANSWER_BYTES = 2_000
RETENTION_MONTHS = 1.0
"""Results are kept for 30 days, and the input for as long at most."""

SECONDS = (0.5, 5.0, 30.0)
"""That the model takes for an answer."""

STREAM_BYTES_PER_S = 30_000_000
"""Assumed: of the dispatcher and the finisher, which read, join and write."""

START_S = 1.0
"""Assumed: of one invocation, beside its work."""

UNIT_BYTES = 1_024
READ_UNIT_BYTES = 4_096
CHUNK_ITEM_BYTES = 2_500
"""At most: its segments' names, and 32 requests that are under way when it is saved."""

BATCH_ITEM_BYTES = 1_500


class Amounts(NamedTuple):
    """Of REQUESTS requests."""

    chunks: int
    worker_s: float
    saves: int


def amounts(answer_s: float, config: Config) -> Amounts:
    by_bytes = CHUNK_BYTES // REQUEST_BYTES
    chunks = -(-REQUESTS // min(CHUNK_REQUESTS, by_bytes))
    chunk_s = REQUESTS / chunks * answer_s / config.batch_parallelism
    return Amounts(chunks, chunks * (chunk_s + START_S), chunks * saves_in(chunk_s))


def saves_in(seconds: float) -> int:
    """How often a worker saves in so long a time: with doubling pauses, and at the end."""
    saves, pause_s, at_s = 1, FIRST_SAVE_S, FIRST_SAVE_S
    while at_s < seconds:
        saves += 1
        pause_s = min(2 * pause_s, LONGEST_SAVE_S)
        at_s += pause_s
    return saves


def cost(answer_s: float) -> Cost:
    """USD by what is paid, for one batch after the other; the functions' time does not depend on
    how many workers there are."""
    config = Config(batch_endpoint="https://models.example.com/v1")
    chunks, worker_s, saves = amounts(answer_s, config)
    output = REQUESTS * ANSWER_BYTES
    streamed_s = (REQUESTS * REQUEST_BYTES + 2 * output) / STREAM_BYTES_PER_S + 2 * FILES * START_S
    memory = {name: size.memory_mb / 1_024 for name, size in sizes(config).items()}
    invocations = chunks + 2 * FILES
    functions = (
        worker_s * memory[FunctionName.WORKER] + streamed_s * memory[FunctionName.FINISHER]
    ) * prices.LAMBDA_ARM_GB_S + invocations * prices.LAMBDA_REQUEST
    looks = worker_s / 3  # at the batch, for a cancellation
    written = saves * 2 * (units(CHUNK_ITEM_BYTES) + units(BATCH_ITEM_BYTES))  # in a transaction
    written += chunks * (2 * units(CHUNK_ITEM_BYTES)) + FILES * 5 * units(BATCH_ITEM_BYTES)
    read = (looks + 3 * chunks) * -(-BATCH_ITEM_BYTES // READ_UNIT_BYTES)
    puts = saves + FILES * (2 + 2) + output / (8 * MIB)
    gets = chunks + saves + FILES
    stored = REQUESTS * REQUEST_BYTES + output
    return Cost(
        {
            "functions": functions,
            "DynamoDB": written * prices.DYNAMODB_WRITE + read * prices.DYNAMODB_READ,
            "S3": puts * prices.S3_PUT + gets * prices.S3_GET,
            "storage": stored / GIB * prices.S3_GB_MONTH * RETENTION_MONTHS,
            "SQS and logs": invocations
            * (QUEUE_REQUESTS * prices.SQS_REQUEST + LOG_BYTES / GIB * prices.LOGS_GB),
        }
    )


def units(size: int) -> int:
    return -(-size // UNIT_BYTES)


def table() -> str:
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    costs: Mapping[float, Cost] = {seconds: cost(seconds) for seconds in SECONDS}
    names = list(costs[SECONDS[0]].usd)
    yield f"{REQUESTS:,} requests of {REQUEST_BYTES:,} bytes, answers of as many, two files. USD,"
    yield f"list prices, {prices.AS_OF}, without the model, free tiers and network."
    yield ""
    yield "| the model takes | " + " | ".join(names) + " | all |"
    yield "|---|" + "---:|" * (len(names) + 1)
    for seconds, found in costs.items():
        cells = " | ".join(f"{found[name]:.3f}" for name in names)
        yield f"| {seconds:g} s | {cells} | **{found.total:.2f}** |"


if __name__ == "__main__":
    print(table())  # noqa: T201  # it is asked for
