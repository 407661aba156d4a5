"""A batch's record and its life. Pure.

    validating  → in_progress | failed | cancelling | expired
    in_progress → finalizing | cancelling | expired
    cancelling  → cancelled
    finalizing  → completed | failed

Every condition in the store comes from this table, so a message that comes late, early or twice is
a refused transition and never a wrong state. A batch whose window ends stays `in_progress` until
its files exist: `expired` is final, and so never without them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lambdas.domain.ids import batch_id
from lambdas.domain.keys import DAY_S, BatchKey
from linegate.jsonl import LineError


class BatchStatus(StrEnum):
    VALIDATING = "validating"
    IN_PROGRESS = "in_progress"
    FINALIZING = "finalizing"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


TRANSITIONS: dict[BatchStatus, frozenset[BatchStatus]] = {
    BatchStatus.VALIDATING: frozenset(
        {
            BatchStatus.IN_PROGRESS,
            BatchStatus.FAILED,
            BatchStatus.CANCELLING,
            BatchStatus.EXPIRED,
        }
    ),
    BatchStatus.IN_PROGRESS: frozenset(
        {BatchStatus.FINALIZING, BatchStatus.CANCELLING, BatchStatus.EXPIRED}
    ),
    BatchStatus.CANCELLING: frozenset({BatchStatus.CANCELLED}),
    BatchStatus.FINALIZING: frozenset({BatchStatus.COMPLETED, BatchStatus.FAILED}),
    BatchStatus.COMPLETED: frozenset(),
    BatchStatus.FAILED: frozenset(),
    BatchStatus.EXPIRED: frozenset(),
    BatchStatus.CANCELLED: frozenset(),
}

ENDED = frozenset(status for status, following in TRANSITIONS.items() if not following)

RECORD_KEPT_S = 30 * DAY_S
"""How long a batch can be retrieved after its window has ended."""

KEPT_ERRORS = 100
"""Most errors that a failed batch lists."""

WAITS_FOR_ROOM_S = DAY_S
"""How long results wait for room in their account's quotas before the batch fails."""


def batch_states_before(status: BatchStatus) -> frozenset[BatchStatus]:
    """The states that may be left for `status`."""
    return frozenset(s for s, following in TRANSITIONS.items() if status in following)


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens that the model endpoint reported, added up over the requests."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


TOKEN_COUNTS = tuple(TokenUsage.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """A batch. Times are Unix seconds, sizes bytes; None: not yet, or never."""

    key: BatchKey
    status: BatchStatus
    endpoint: str
    input_ulid: str
    completion_window: str
    created_at: int
    window_ends_at: int
    expires_at: int
    """When the record reads as absent."""
    results_retention_s: int
    metadata: Mapping[str, str] | None = None
    model: str | None = None
    total: int = 0
    completed: int = 0
    failed: int = 0
    open_chunks: int | None = None
    """Chunks whose requests are not all answered; None before the input was cut into chunks."""
    output_bytes: int = 0
    error_bytes: int = 0
    usage: TokenUsage = field(default_factory=TokenUsage)
    overdue: bool = False
    """Whether requests were given up because the window had ended."""
    planned_output_ulid: str | None = None
    """What the file is to be called, so that a repeated attempt makes the same one."""
    planned_error_ulid: str | None = None
    output_ulid: str | None = None
    """Only once the file exists."""
    error_ulid: str | None = None
    errors: tuple[LineError, ...] = ()
    in_progress_at: int | None = None
    finalizing_at: int | None = None
    completed_at: int | None = None
    failed_at: int | None = None
    expired_at: int | None = None
    cancelling_at: int | None = None
    cancelled_at: int | None = None

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def all_answered(self) -> bool:
        """Whether every request has its line, so that the results can be joined."""
        return self.open_chunks == 0

    @property
    def final_status(self) -> BatchStatus:
        """What the batch becomes once its files exist."""
        if self.status is BatchStatus.CANCELLING:
            return BatchStatus.CANCELLED
        return BatchStatus.EXPIRED if self.overdue else BatchStatus.COMPLETED

    def filename(self, kind: str) -> str:
        """Of a file of results; `kind` is `output` or `error`."""
        return f"{batch_id(self.key.ulid)}_{kind}.jsonl"
