"""Whatever is interrupted, late or repeated: an account never counts for less than its records
hold, and once all is quiet the reconciler makes it count for exactly that.

Clients, TTL, the reaper and the reconciler take turns at every call to AWS, in virtual time, and
any of them may be killed at any call. The account's item is held against the records after each
call that writes.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from lambdas import clients, settings
from lambdas.domain.errors import ApiError
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.ids import new_ulid
from lambdas.domain.keys import FILE_PREFIX, SORT_KEY, FileKey
from lambdas.domain.limits import Limits
from lambdas.domain.requests import NewFile
from lambdas.domain.upload_requests import NewUpload
from lambdas.domain.usage import COUNTS, Usage, held_by
from lambdas.stores import contention, file_table, removed_records
from lambdas.stores.file_item import file_key, file_record
from lambdas.stores.removed_records import Removal
from lambdas.workflows import recounting
from lambdas.workflows.creating import create_file
from lambdas.workflows.uploading import cancel_upload, create_upload
from linegate.jsonl.purposes import PURPOSES
from tests.faults.conflicts import VirtualTime
from tests.integration.conftest import empty_stores, set_environment
from tests.integration.lines import requests
from tests.integration.service import ACCOUNT
from tests.integration.uploads.stopping import Stopped, hooked

NOW = 1_800_000_000
CONTENT = requests(1)
LIMITS = Limits(account_files=8, upload_lifetime_s=400)
LASTS_S = 900
RETENTION_S = 300
WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")


class World:
    """One account, everything that acts on it, and what is known of it at each moment."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.time = VirtualTime()
        self.seen: dict[str, FileRecord] = {}
        self.stream: list[Removal] = []
        self.kills = 0
        self.corrections = 0
        self.quiet = False

    def now(self) -> int:
        return NOW + int(self.time.now)

    def now_ms(self) -> int:
        return NOW * 1_000 + int(self.time.now * 1_000)

    def before_call(self, **_: Any) -> None:
        if not self.quiet:
            self.time.sleep(self.random.choice((0.01, 0.1, 1, 4)))
            self._maybe_kill()

    def after_call(self, model: Any, **_: Any) -> None:
        if model.name in WRITES and not self.quiet:
            self.look()
            self._maybe_kill()

    def look(self) -> None:
        """Put removed records into the stream; hold what is counted against what is held."""
        records, counted = stored()
        for ulid in self.seen.keys() - records.keys():
            self.stream.append(Removal(self.seen[ulid], self.now()))
        self.seen = records
        held = sum(map(held_by, records.values()), Usage())
        assert all(getattr(counted, n) >= getattr(held, n) for n in COUNTS), (counted, held)

    def _maybe_kill(self) -> None:
        if self.random.random() < 0.02:
            self.kills += 1
            raise Stopped

    def until_the_end(self, act: Callable[[], None], every_s: float) -> Callable[[], None]:
        def loop() -> None:
            while self.time.now < LASTS_S:
                with suppress(Stopped, ApiError, file_table.TransitionRefused):
                    act()
                self.time.sleep(self.random.uniform(0, 2 * every_s))

        return loop

    def client(self) -> None:
        """One request."""
        record = self.random.choice([None, *self.seen.values()])
        now, key = self.now(), FileKey(ACCOUNT, new_ulid(self.now_ms()))
        if record is None or self.random.random() < 0.5:
            if self.random.random() < 0.5:
                upload = NewUpload("a", PURPOSES["batch"], RETENTION_S, 1_000)
                create_upload(upload, key, now, LIMITS)
            else:
                new = NewFile("a", PURPOSES["batch"], RETENTION_S, CONTENT)
                create_file(new, key, now, LIMITS, self.now_ms)
        elif record.is_file:
            file_table.delete_file(record.key, now)
        elif record.status is Status.PENDING and self.random.random() < 0.6:
            expires_at = record.file_expires_at
            file_table.enter(record, Status.UPLOADED, now, expires_at=expires_at)
        else:
            cancel_upload(record.key, now)

    def ttl(self) -> None:
        for record in list(self.seen.values()):
            if record.expires_at < self.now() and self.random.random() < 0.5:
                clients.dynamodb().delete_item(
                    TableName=settings.files_table(), Key=file_key(record.key)
                )

    def reaper(self) -> None:
        """A batch of the stream, again from the beginning where it failed or was killed."""
        batch = self.stream[: self.random.randint(1, 8)]
        if batch:
            removed_records.release(ACCOUNT, batch, self.now())
            if self.random.random() < 0.8:
                del self.stream[: len(batch)]

    def reconciler(self) -> None:
        self.corrections += len(recounting.recount_page(None, self.now_ms, repair=True).findings)


def stored() -> tuple[dict[str, FileRecord], Usage]:
    """Every record by its ULID, and what the account counts for; seen at once."""
    records, counted = {}, Usage()
    # Not through the client's own emitter: looking takes no time.
    for item in LOOKING[0].scan(TableName=settings.files_table())["Items"]:
        if item[SORT_KEY]["S"].startswith(FILE_PREFIX):
            record = file_record(item)
            records[record.key.ulid] = record
        elif item[SORT_KEY]["S"] == "USAGE":
            counted = Usage(**{n: int(item[n]["N"]) for n in COUNTS if n in item})
    return records, counted


LOOKING: list[Any] = []


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    set_environment(monkeypatch)
    with empty_stores():
        LOOKING[:] = [clients.dynamodb.__wrapped__()]
        yield


def play(world: World, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(recounting, "sleep", world.time.sleep)
    patch.setattr(contention, "time", SimpleNamespace(sleep=world.time.sleep))
    patch.setattr(removed_records, "monotonic", lambda: world.time.now)
    with hooked({"before-call": world.before_call, "after-call": world.after_call}):
        world.time.run(
            [
                *((0.0, world.until_the_end(world.client, 10)) for _ in range(4)),
                (0.0, world.until_the_end(world.ttl, 60)),
                (0.0, world.until_the_end(world.reaper, world.random.choice((1, 200)))),
                (0.0, world.until_the_end(world.reconciler, 100)),
            ]
        )


@pytest.mark.parametrize("seed", range(8))
def test_never_too_little_and_in_the_end_exact(
    aws: None, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    world = World(seed)
    play(world, monkeypatch)
    assert world.kills
    world.quiet = True
    removed_records.release(ACCOUNT, world.stream, world.now())
    monkeypatch.setattr(recounting, "sleep", lambda _: None)
    recounting.recount_page(None, lambda: world.now_ms() + 100_000, repair=True)
    records, counted = stored()
    assert counted == sum(map(held_by, records.values()), Usage())


def test_the_reconciler_had_something_to_correct(
    aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the above would show nothing."""
    world = World(0)
    play(world, monkeypatch)
    assert world.corrections
