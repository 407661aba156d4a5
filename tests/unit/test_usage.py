"""What a record counts for, and what a client is told when it is too much."""

import pytest

from lambdas.domain.file import TRANSITIONS, FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.domain.limits import TIB, Limits
from lambdas.domain.usage import Usage, held_by, quota_exceeded, quotas


def record(status: Status, multipart_id: str | None = None) -> FileRecord:
    return FileRecord(
        key=FileKey("acme", "01JD0000000000000000000000"),
        status=status,
        filename="in.jsonl",
        purpose="batch",
        bytes=7,
        created_at=0,
        expires_at=10,
        retention_s=3_600,
        multipart_id=multipart_id,
    )


@pytest.mark.parametrize(
    ("status", "multipart_id", "held"),
    [
        (Status.PENDING, "m", Usage(1, 7, 1)),
        (Status.PENDING, None, Usage(1, 7, 0)),
        (Status.UPLOADED, "m", Usage(1, 7, 0)),
        (Status.PROCESSED, None, Usage(1, 7, 0)),
        (Status.ERROR, "m", Usage(1, 7, 0)),
        (Status.CANCELLED, "m", Usage(1, 0, 0)),
    ],
)
def test_a_record_counts_by_its_state(
    status: Status, multipart_id: str | None, held: Usage
) -> None:
    assert held_by(record(status, multipart_id)) == held


@pytest.mark.parametrize("multipart_id", ["m", None])
def test_no_move_takes_more_than_the_creation_did(multipart_id: str | None) -> None:
    for before, states in TRANSITIONS.items():
        for after in states:
            more = held_by(record(after, multipart_id)) - held_by(record(before, multipart_id))
            assert max(more.files, more.bytes, more.pending_uploads) <= 0


def test_the_default_quotas_are_generous_but_on() -> None:
    assert quotas(Limits()) == Usage(files=50_000, bytes=TIB, pending_uploads=1_000)


def test_an_account_must_be_able_to_hold_the_largest_file() -> None:
    assert Limits.with_changes({"account_bytes": 200 << 20}).account_bytes == 200 << 20
    with pytest.raises(ValueError, match="account_bytes"):
        Limits.with_changes({"account_bytes": (200 << 20) - 1})


def test_a_refusal_names_the_quota_its_size_and_what_to_do() -> None:
    limits = Limits(account_files=3, account_pending_uploads=2)
    wanted = Usage(1, 5, 1)
    told = quota_exceeded(Usage(3, 10, 1), wanted, limits).message
    assert told.startswith("This account has 3 files of the 3 allowed, including pending uploads")
    assert told.endswith("Delete files first; that takes effect within seconds.")
    told = quota_exceeded(Usage(2, 10, 2), wanted, limits).message
    assert told.startswith("This account has 2 pending uploads of the 2")
    assert "Complete or cancel" in told
    told = quota_exceeded(Usage(2, TIB - 4, 1), wanted, limits).message
    assert told.startswith(f"This account holds {TIB - 4} bytes")
    assert f"of the {TIB} allowed, including pending uploads; 5 more do not fit. Delete" in told
