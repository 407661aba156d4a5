"""Every limit a client can meet, its default, and how a deployer changes it. Pure.

The stack checks a deployer's changes with `Limits.changed` when it is synthesized, and the
functions read the same changes from their environment, so a default is written only here. A limit
is one field: the settings table and `GET /limits` are made from it. Those of the line check are
in linegate/jsonl/limits.py.
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lambdas.domain.keys import DAY_S, INCOMPLETE_UPLOAD_DAYS, RETENTION_DAYS
from linegate.jsonl.limits import CheckLimits, check_maxima, limit
from linegate.jsonl.purposes import PURPOSES

KIB = 1 << 10
MIB = 1 << 20
GIB = 1 << 30
TIB = 1 << 40

MIN_RETENTION_S = 3_600
MAX_RETENTION_S = RETENTION_DAYS[-1] * DAY_S
MAX_FILENAME_CHARS = 255
DEFAULT_PAGE = 20
MAX_PAGE = 100

FORM_OVERHEAD_BYTES = 64 * KIB
"""Room for boundaries, headers and small fields around a direct body's file."""

LAMBDA_PAYLOAD_BYTES = 6 * MIB
"""AWS Lambda, synchronous invocation; base64 turns 3 bytes into 4."""

MAX_OBJECT_BYTES = 5 * TIB
"""The largest object that S3 joins from parts (S3 User Guide, multipart upload limits)."""

MAX_UPLOAD_LIFETIME_S = INCOMPLETE_UPLOAD_DAYS * DAY_S
"""Later, the bucket's lifecycle rule would take the parts away from under the upload."""

MAX_URL_LIFETIME_S = DAY_S // 2
"""The longest session of a role, whose credentials sign (IAM User Guide, using IAM roles): a URL
ends with them. Signature version 4 alone would allow a week."""


MESSAGE_TRIES = 5
"""How often a message of a queue is received; then it moves to a dead-letter queue."""

WINDOW_HOURS = range(1, 169)
"""How long a batch may take: from an hour to a week."""

_WINDOW = re.compile(r"([1-9][0-9]{0,2})h")

MOST_KEPT_ERRORS = 300
"""A report is one item of DynamoDB, of at most 400 KB, and an error takes up to about 1 KB of it:
its message quotes a few texts of 64 characters, of 4 bytes each (a test holds the sum)."""


@dataclass(frozen=True)
class Limits:
    """What a deployment accepts. Sizes in bytes, times in seconds."""

    file_bytes: int = limit(
        200 * MIB,
        "largest file, in bytes",
        wire="max_file_bytes",
        maximum=MAX_OBJECT_BYTES,
        because="S3's own limit",
    )
    direct_bytes: int = limit(
        4 * MIB,
        "largest file of `POST /files`, and largest proxied part, in bytes",
        wire="max_direct_bytes",
    )
    retention_s: int = limit(7 * DAY_S, "default retention without `expires_after`, in seconds")
    upload_lifetime_s: int = limit(
        DAY_S,
        "lifetime of an upload in parts, in seconds",
        wire="upload_lifetime_seconds",
        maximum=MAX_UPLOAD_LIFETIME_S,
        because="the bucket's lifecycle rule removes parts after that",
    )
    url_lifetime_s: int = limit(
        3_600,
        "lifetime of part URLs and download links, in seconds; shorter if the signing credentials "
        "expire earlier",
        wire="url_lifetime_seconds",
        maximum=MAX_URL_LIFETIME_S,
        because="no role's credentials, which sign them, last longer",
    )
    account_files: int = limit(
        50_000, "maximum number of files of one account, including pending uploads"
    )
    account_bytes: int = limit(
        TIB, "maximum bytes stored by one account, including pending uploads"
    )
    account_pending_uploads: int = limit(1_000, "maximum number of pending uploads of one account")
    purposes: tuple[str, ...] = limit(tuple(PURPOSES), "allowed values of a file's `purpose`")
    result_line_bytes: int = limit(
        8 * MIB,
        "longest line of a `batch_output` file, and so of a batch's results, in bytes",
        wire="max_result_line_bytes",
    )
    completion_windows: tuple[str, ...] = limit(
        ("24h",),
        "allowed values of a batch's `completion_window`, `1h` to `168h`; the first is the default",
    )
    check: CheckLimits = field(default_factory=CheckLimits)

    def __post_init__(self) -> None:
        check_maxima(self)
        if unknown := set(self.purposes) - set(PURPOSES):
            raise ValueError(
                f"purposes {sorted(unknown)} are not supported; use some of {list(PURPOSES)}"
            )
        if not MIN_RETENTION_S <= self.retention_s <= MAX_RETENTION_S:
            raise ValueError(
                f"retention_s {self.retention_s} is not between {MIN_RETENTION_S} and "
                f"{MAX_RETENTION_S}"
            )
        if -(-(self.direct_bytes + FORM_OVERHEAD_BYTES) // 3) * 4 > LAMBDA_PAYLOAD_BYTES:
            raise ValueError(
                f"direct_bytes {self.direct_bytes} is more than a Lambda request holds as base64"
            )
        if self.direct_bytes > self.file_bytes:
            raise ValueError(
                f"direct_bytes {self.direct_bytes} must not exceed file_bytes {self.file_bytes}"
            )
        if self.file_bytes > self.account_bytes:
            raise ValueError(
                f"account_bytes {self.account_bytes} must be at least file_bytes {self.file_bytes}"
            )
        if self.check.kept_errors > MOST_KEPT_ERRORS:
            raise ValueError(
                f"kept_errors must be at most {MOST_KEPT_ERRORS}, not {self.check.kept_errors}"
            )
        for window in self.completion_windows:
            window_s(window)

    @property
    def longest_result_bytes(self) -> int:
        """What every line of results is held to: a request's `custom_id` always fits."""
        return max(self.result_line_bytes, self.check.line_bytes) + KIB

    @classmethod
    def with_changes(cls, changes: Mapping[str, object]) -> "Limits":
        """The defaults with `changes`, which name fields of Limits or of CheckLimits.

        Raises ValueError, with what to do, for an unknown name or a value of the wrong type.
        """
        own: dict[str, object] = {}
        check: dict[str, object] = {}
        defaults = cls()
        for name, value in changes.items():
            if name != "check" and hasattr(defaults, name):
                own[name] = _like(getattr(defaults, name), name, value)
            elif hasattr(defaults.check, name):
                check[name] = _like(getattr(defaults.check, name), name, value)
            else:
                known = ", ".join(sorted(_names(cls) - {"check"} | _names(CheckLimits)))
                raise ValueError(f"there is no limit {name!r}; the limits are: {known}")
        checked = dataclasses.replace(defaults.check, **check)  # type: ignore[arg-type]  # by _like
        return dataclasses.replace(defaults, check=checked, **own)  # type: ignore[arg-type]  # ditto


def limit_fields() -> "list[dataclasses.Field[Any]]":
    """Every limit, as the field that holds its default, its meaning and its name on the wire."""
    own = [row for row in dataclasses.fields(Limits) if row.name != "check"]
    return [*own, *dataclasses.fields(CheckLimits)]


def window_s(window: str) -> int:
    """A completion window such as `24h` in seconds. Raises ValueError."""
    hours = _WINDOW.fullmatch(window)
    if not hours or int(hours[1]) not in WINDOW_HOURS:
        first, last = WINDOW_HOURS[0], WINDOW_HOURS[-1]
        raise ValueError(f"a completion window is '{first}h' to '{last}h', not {window!r}")
    return int(hours[1]) * 3_600


def _names(cls: type) -> set[str]:
    return {f.name for f in dataclasses.fields(cls)}


def _like(default: object, name: str, value: object) -> object:
    """`value` if it is of the default's type and, where a number, positive."""
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise ValueError(f"limit {name!r} must be true or false, not {value!r}")
    if isinstance(default, int):
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        raise ValueError(f"limit {name!r} must be a positive whole number, not {value!r}")
    if isinstance(value, list | tuple) and value and all(isinstance(v, str) for v in value):
        return tuple(value)
    raise ValueError(f"limit {name!r} must be a non-empty list of strings, not {value!r}")
