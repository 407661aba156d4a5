"""One account may be busy: what its requests meet in a model of DynamoDB's conflicts."""

from collections.abc import Callable, Iterator

import pytest

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.ids import new_ulid
from lambdas.domain.keys import FileKey
from lambdas.domain.requests import NewFile
from lambdas.domain.upload_requests import NewUpload
from lambdas.domain.usage import Usage
from lambdas.stores import file_table, removed_records, usage_table
from lambdas.stores.contention import transact
from lambdas.stores.removed_records import Removal
from lambdas.workflows.creating import create_file
from lambdas.workflows.uploading import create_upload
from linegate.jsonl.purposes import PURPOSES
from tests.faults.conflicts import Conflicts, conflicts
from tests.integration.conftest import empty_stores, set_environment
from tests.integration.lines import requests
from tests.integration.service import ACCOUNT

NOW = 1_800_000_000
CONTENT = requests(1)


@pytest.fixture
def model() -> Iterator[Conflicts]:
    with pytest.MonkeyPatch.context() as patch:
        set_environment(patch)
        with empty_stores(), conflicts() as made:
            yield made


def begin_upload(ulid: str) -> None:
    limits = settings.limits()
    new = NewUpload("in.jsonl", PURPOSES["batch"], limits.retention_s, 1_000)
    create_upload(new, FileKey(ACCOUNT, ulid), NOW, limits)


def send_file(ulid: str) -> None:
    limits = settings.limits()
    new = NewFile("in.jsonl", PURPOSES["batch"], limits.retention_s, CONTENT)
    create_file(new, FileKey(ACCOUNT, ulid), NOW, limits, lambda: NOW * 1_000)


def refused(model: Conflicts, request: Callable[[str], None], starts: list[float]) -> int:
    """How many of the requests, begun at those times, ended in a 503."""
    unavailable = 0

    def attempt() -> None:
        nonlocal unavailable
        try:
            request(new_ulid(NOW * 1_000))
        except Unavailable:
            unavailable += 1

    model.time.run([(at, attempt) for at in starts])
    return unavailable


def transact_usage(ulid: str) -> None:
    """As every creation once did: the record and the account's count in one transaction."""
    key = FileKey(ACCOUNT, ulid)
    record = FileRecord(key, Status.PENDING, "a", "batch", 1, NOW, NOW + 3_600, 3_600)
    count = usage_table._add(ACCOUNT, Usage(files=1, bytes=1))
    transact([{"Put": file_table._put_new(record)}, {"Update": count}])


def test_the_model_refuses_what_dynamodb_refuses(model: Conflicts) -> None:
    assert refused(model, transact_usage, [0.0] * 100) > 10
    assert model.refused > 100


@pytest.mark.parametrize("request_", [begin_upload, send_file])
def test_a_hundred_at_once_are_all_served(
    model: Conflicts, request_: Callable[[str], None]
) -> None:
    assert refused(model, request_, [0.0] * 100) == 0
    assert usage_table.read(ACCOUNT).usage.files == 100


@pytest.mark.parametrize(("request_", "count"), [(begin_upload, 1_000), (send_file, 200)])
def test_a_hundred_a_second_are_served(
    model: Conflicts, request_: Callable[[str], None], count: int
) -> None:
    """The promise is fewer than 1 in 1,000 refused."""
    assert refused(model, request_, [number / 100 for number in range(count)]) == 0
    assert model.refused == 0
    assert usage_table.read(ACCOUNT).usage.files == count


def test_releases_do_not_get_in_the_way(model: Conflicts) -> None:
    """A hundred files are created a second while as many are removed, ten in each batch."""
    gone = []
    for _ in range(200):
        key = FileKey(ACCOUNT, new_ulid(NOW * 1_000))
        gone.append(FileRecord(key, Status.PROCESSED, "a", "batch", 1, NOW, NOW, 3_600))
    refusals = 0

    def reap(batch: list[FileRecord]) -> None:
        removed_records.release(ACCOUNT, [Removal(record, NOW) for record in batch], NOW)

    def create() -> None:
        nonlocal refusals
        try:
            begin_upload(new_ulid(NOW * 1_000))
        except Unavailable:
            refusals += 1

    creations = [(number / 100, create) for number in range(200)]
    reapings = [
        (number / 10, lambda batch=gone[10 * number :][:10]: reap(batch)) for number in range(20)
    ]
    model.time.run([*creations, *reapings])
    assert refusals == 0
    assert usage_table.read(ACCOUNT).usage.files == 0
    assert clients.dynamodb.cache_info().currsize == 1
