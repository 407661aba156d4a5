"""docs/cost-and-scale.md: what it costs, and which quota binds when. Pure."""

from collections.abc import Iterator

from docgen import costs, scale
from docgen.cost_text import BY_HAND, BY_HAND_SIZE, DAYS, TEXT
from docgen.costs import EGRESS, SIZES, Cost, idle_month, of_download, of_life, of_request
from docgen.request_costs import WORK
from docgen.scale import RATES, Bound, anybody, one_account, seconds_until_full
from infra import prices
from infra.config import Config
from infra.functions import sizes
from infra.permissions import FunctionName
from lambdas.domain.limits import GIB

PRICES = (
    ("a million requests to a REST API", prices.GATEWAY_REQUEST * 1e6),
    ("a million invocations", prices.LAMBDA_REQUEST * 1e6),
    ("a million GB-seconds of functions (arm64)", prices.LAMBDA_ARM_GB_S * 1e6),
    ("a million written units", prices.DYNAMODB_WRITE * 1e6),
    ("a million read units", prices.DYNAMODB_READ * 1e6),
    ("a GB of DynamoDB for a month", prices.DYNAMODB_GB_MONTH),
    ("its point-in-time recovery", prices.DYNAMODB_PITR_GB_MONTH),
    ("a million PUT, POST or LIST requests to S3", prices.S3_PUT * 1e6),
    ("a million GET or HEAD requests to S3", prices.S3_GET * 1e6),
    ("a GB of S3 for a month", prices.S3_GB_MONTH),
    ("a GB to the internet", prices.EGRESS_GB),
    ("a GB to another region", prices.EGRESS_REGION_GB),
    ("a million SQS requests", prices.SQS_REQUEST * 1e6),
    ("a GB of snapshots for a month of 730 hours", prices.SNAPSTART_CACHE_GB_S * 730 * 3_600),
    ("a million GB of snapshots restored", prices.SNAPSTART_RESTORE_GB * 1e6),
    ("a GB of logs", prices.LOGS_GB),
    ("an alarm for a month", prices.ALARM_MONTH),
    ("a dashboard for a month", prices.DASHBOARD_MONTH),
)


def page() -> str:
    config, large = Config(), "200 MB"
    api_mb = sizes(config)[FunctionName.FILES].memory_mb
    idle = idle_month()
    rate = next(b for b in one_account() if "partition" in b.what).binds_at
    return TEXT.format(
        as_of=prices.AS_OF,
        days=DAYS,
        small="10 KB",
        large=large,
        small_usd=_usd(of_life(SIZES["10 KB"], DAYS).total * 1e6),
        large_usd=_usd(of_life(SIZES[large], DAYS).total * 1e6),
        egress_usd=_usd(of_download(SIZES[large])[EGRESS] * 1e6),
        egress_gb=prices.EGRESS_GB,
        egress_days=prices.EGRESS_GB / prices.S3_GB_MONTH * costs.DAYS_A_MONTH,
        egress_region=prices.EGRESS_REGION_GB,
        idle_gross=_usd(sum(gross for gross, _ in idle.values())),
        idle_net=_usd(sum(net for _, net in idle.values())),
        idle_rows="\n".join(_idle_rows()),
        free_alarms=prices.FREE_ALARMS,
        free_dashboards=prices.FREE_DASHBOARDS,
        free_sqs=prices.FREE_SQS_REQUESTS,
        batch_polls=_usd(3 * next(usd for name, (usd, _) in idle.items() if "queue" in name)),
        snapstart_month=_amount(costs.snapstart_month(config)),
        snapstart_start=1_000 * prices.SNAPSTART_RESTORE_GB * api_mb / 1_024,
        api_mb=api_mb,
        file_rows="\n".join(_file_rows()),
        direct="4 MiB",
        errors=config.limits.check.kept_errors,
        by_hand_size=BY_HAND_SIZE,
        by_hand=BY_HAND,
        read_rows="\n".join(_read_rows()),
        work_rows="\n".join(_work_rows()),
        cache=config.authorizer_cache_s,
        upload=scale.UPLOAD,
        parts=costs.parts_of(SIZES[scale.UPLOAD]),
        status=scale.STATUS_REQUESTS,
        rates=", ".join(f"{each:,}" for each in RATES[:-1]) + f" and {RATES[-1]:,}",
        shared_table=_bounds(anybody()),
        account_table=_bounds(one_account()),
        full_head=" | ".join(f"{each:,}/s" for each in RATES),
        full_rule="---:|" * len(RATES),
        full_rows="\n".join(_full_rows()),
        account_rate=rate,
        queue=scale.QUEUE_CONCURRENCY,
        large_checks=scale.QUEUE_CONCURRENCY * costs.CHECK_BYTES_PER_S / SIZES[large],
        dynamodb_ms=costs.WAIT_MS["dynamodb"],
        s3_ms=costs.WAIT_MS["s3"],
        own_ms=costs.OWN_MS,
        check=costs.CHECK_BYTES_PER_S // 1_000_000,
        direct_check=costs.DIRECT_CHECK_BYTES_PER_S // 1_000_000,
        log=f"{costs.LOG_BYTES:,}",
        record=f"{costs.STORED_RECORD_BYTES:,}",
        upload_s=scale.UPLOAD_SECONDS,
        memory=", ".join(
            f"{name} {sizes(config)[name].memory_mb:,} MB"
            for name in FunctionName
            if name in sizes(config)
        ),
        heads=scale.HEADS_A_SECOND,
        batch_s=scale.REAPER_BATCH_S,
        price_rows="\n".join(f"| {name} | {usd:,.4g} |" for name, usd in PRICES),
    )


def file_row(name: str) -> list[float]:
    """USD per million files of a size class, by column; the last but one is their sum."""
    size = SIZES[name]
    cost = of_life(size, DAYS) * 1e6
    columns = (
        costs.GATEWAY,
        costs.FUNCTIONS,
        costs.LOGS,
        costs.TABLE,
        costs.S3,
        costs.CHECK,
        costs.STORAGE,
        costs.RECONCILER,
    )
    return [*(cost[column] for column in columns), cost.total, cost.total * 1e6 / size]


def _file_rows() -> Iterator[str]:
    for name in SIZES:
        *parts, million, terabyte = map(_amount, file_row(name))
        yield f"| {name} | {' | '.join(parts)} | **{million}** | **{terabyte}** |"


def _idle_rows() -> Iterator[str]:
    idle = idle_month()
    for name, (gross, net) in idle.items():
        yield f"| {name} | {gross:.2f} | {net:.2f} |"
    gross, net = (sum(each[n] for each in idle.values()) for n in (0, 1))
    yield f"| **together** | **{gross:.2f}** | **{net:.2f}** |"


def _read_rows() -> Iterator[str]:
    lists = ("GET /files", "GET /files?limit=100", "GET /files/{file_id}")
    labels = ("a page of 20 files", "a page of 100 files", "one file's status")
    egress = costs.LIST_BYTES
    for name, label in zip(lists, labels, strict=True):
        answer = Cost({EGRESS: egress[name] / GIB * prices.EGRESS_GB})
        yield _read_row(label, (of_request(name) + answer) * 1e3)
    for name, size in SIZES.items():
        yield _read_row(f"a download of {name}", of_download(size) * 1e3)


def _read_row(label: str, cost: Cost) -> str:
    rest, share = cost.total - cost[EGRESS], cost[EGRESS] / cost.total
    return f"| {label} | {rest:.4f} | {cost[EGRESS]:.4f} | {share:.1%} |"


def _work_rows() -> Iterator[str]:
    for row in WORK:
        calls = ", ".join(call.partition(".")[2] for call in row.calls) or "none"
        usd = (costs.of_work(row) + Cost({costs.GATEWAY: _gateway(row.name)})).total * 1e6
        yield (
            f"| `{row.name}` | {calls} | {row.items} | {row.read:g} | {row.written:g} "
            f"| {_amount(usd)} |"
        )


def _gateway(name: str) -> float:
    return prices.GATEWAY_REQUEST if " /" in name else 0.0


def _bounds(bounds: list[Bound]) -> str:
    head = " | ".join(f"at {rate:,}/s" for rate in RATES)
    lines = [
        f"| quota | is | binds at | {head} | raise |",
        f"|---|---:|---:|{'---:|' * len(RATES)}---|",
    ]
    for bound in bounds:
        taken = " | ".join(_taken(bound, rate) for rate in RATES)
        lines.append(
            f"| {bound.what} | {_large(bound.limit)} {bound.unit} | {_amount(bound.binds_at)}/s "
            f"| {taken} | {bound.remedy} |"
        )
    return "\n".join(lines)


def _taken(bound: Bound, rate: int) -> str:
    share = bound.each * rate / bound.limit
    text = f"{share:.0%}" if share < 10 else f"{share:,.0f} ×"
    return text if share <= 1 else f"**{text}**"


def _full_rows() -> Iterator[str]:
    spans = {rate: dict(seconds_until_full(rate)) for rate in RATES}
    for name in spans[RATES[0]]:
        yield f"| {name} | {' | '.join(_span(spans[rate][name]) for rate in RATES)} |"


def _span(seconds: float) -> str:
    for unit, size in (("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def _large(number: float) -> str:
    return "1 Ti" if number == 1 << 40 else f"{number:,.0f}"


def _amount(usd: float) -> str:
    return f"{usd:,.2f}" if usd < 1_000 else f"{usd:,.0f}"


def _usd(usd: float) -> str:
    return f"{_amount(usd)} USD"
