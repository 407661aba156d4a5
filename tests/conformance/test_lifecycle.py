"""The bucket's own rules, run for real on days of seconds: each object goes when due, no other.

The rules are those of the synthesized template. They are what is left when everything else that
removes bytes has failed. LINEGATE_LIFECYCLE_DAYS=30 watches all of them, which takes 5 minutes.
"""

import os
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import pytest

from lambdas import clients, settings
from lambdas.domain.ids import new_ulid
from lambdas.domain.keys import (
    DAY_S,
    INCOMPLETE_UPLOAD_DAYS,
    PARTS_LIFETIME_DAYS,
    RETENTION_DAYS,
    part_object_key,
)
from lambdas.stores import object_store, part_store
from local.ignored_properties import s3_rule
from tests.conformance import radosgw
from tests.conformance.server import Server
from tests.conformance.upload import Upload, new_record
from tests.infrastructure.template import synthesize

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef

pytestmark = pytest.mark.parametrize("server", ["RadosGW"], indirect=True)

WATCHED_DAYS = int(os.environ.get("LINEGATE_LIFECYCLE_DAYS", "3"))
EARLY_S = 1
"""The gateway counts an object's age from the beginning of the second it was stored in."""

LATE_S = 3 * radosgw.DAY_S
"""How long after it is due an object may be there: the gateway goes round every second day."""

BUCKET = "linegate-lifecycle"
UNRULED = (
    "files",
    "files/1/acme/x",
    "files/31/acme/x",
    "other/files/01/acme/x",
    "parts",
    "partsx/acme/x/y",
)
"""Keys that no rule is about, near to those that some are."""


@dataclass
class Life:
    """How long something may stay, when it was stored, and when it was seen. Seconds."""

    days: int
    began: float
    last_seen: float
    first_missed: float | None = None

    @classmethod
    def beginning(cls, days: int) -> Self:
        """Of something that is about to be stored."""
        now = time.monotonic()
        return cls(days, began=now, last_seen=now)

    @property
    def due(self) -> float:
        return self.began + self.days * radosgw.DAY_S

    @property
    def early(self) -> bool:
        return self.first_missed is not None and self.first_missed < self.due - EARLY_S

    @property
    def late(self) -> bool:
        return self.last_seen > self.due + LATE_S


@pytest.fixture
def bucket(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty bucket with the template's rules."""
    clients.s3().create_bucket(Bucket=BUCKET)
    clients.s3().put_bucket_lifecycle_configuration(
        Bucket=BUCKET, LifecycleConfiguration={"Rules": rules()}
    )
    monkeypatch.setenv("LINEGATE_BUCKET", BUCKET)


def rules() -> list["LifecycleRuleTypeDef"]:
    """The template's, as the S3 API takes them."""
    template = synthesize()
    shutil.rmtree(template.file.parent)
    _, bucket = template.only("AWS::S3::Bucket")
    return [s3_rule(rule) for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"]]


def test_each_goes_when_due_and_nothing_else_does(bucket: None) -> None:
    for name in UNRULED:
        clients.s3().put_object(Bucket=BUCKET, Key=name, Body=b"x")
    lives = store_one_of_each()
    watched = [life for life in lives.values() if life.days <= WATCHED_DAYS]
    watch(lives, until_gone=watched)

    assert not {name: life for name, life in lives.items() if life.early or life.late}
    assert all(life.first_missed for life in watched)
    assert there() >= set(UNRULED)


def store_one_of_each() -> dict[str, Life]:
    """A file in every retention folder, come whole; one of parts; proxied parts; an upload.

    By key, or by the upload's id.
    """
    lives = {}
    for days in RETENTION_DAYS:
        record, life = new_record(retention_s=days * DAY_S), Life.beginning(days)
        object_store.put(record, b"x")
        lives[record.object_key] = life
    joined, life = Upload.begin(retention_s=2 * DAY_S), Life.beginning(2)
    joined.join(joined.send(1, b"x"))
    lives[joined.record.object_key] = life
    for _ in range(2):
        ulid, life = new_ulid(time.time_ns() // 1_000_000), Life.beginning(PARTS_LIFETIME_DAYS)
        part_store.put(joined.record.key, ulid, b"x")
        lives[part_object_key(joined.record.key, ulid)] = life
    life = Life.beginning(INCOMPLETE_UPLOAD_DAYS)
    unfinished = Upload.begin(retention_s=RETENTION_DAYS[-1] * DAY_S)
    unfinished.send(1, b"x")
    lives[unfinished.multipart_id] = life
    return lives


def watch(lives: dict[str, Life], until_gone: list[Life]) -> None:
    """Look until these are gone, or one of them is late."""
    while any(life.first_missed is None for life in until_gone):
        before = time.monotonic()
        seen = there()
        after = time.monotonic()
        for name, life in lives.items():
            if name in seen:
                life.last_seen = before
            elif life.first_missed is None:
                life.first_missed = after
        if any(life.late for life in until_gone):
            return
        time.sleep(0.5)


def there() -> set[str]:
    """Keys of objects and ids of multipart uploads."""
    objects = clients.s3().list_objects_v2(Bucket=settings.bucket()).get("Contents", [])
    uploads = clients.s3().list_multipart_uploads(Bucket=settings.bucket()).get("Uploads", [])
    return {listed["Key"] for listed in objects} | {listed["UploadId"] for listed in uploads}
