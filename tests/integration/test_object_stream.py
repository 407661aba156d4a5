"""Reading an object to its end through connections that fail.

| what happens                              | outcome                                          |
|-------------------------------------------|--------------------------------------------------|
| connection cut, once or several times     | resumed where it was, the same bytes             |
| connection stalls                         | given up after the read timeout, then resumed    |
| no progress four times in a row           | Unavailable: the message goes back to the queue  |
| a body shorter than the object            | never taken for whole: the rest is asked for     |
| object replaced meanwhile                 | ObjectChanged: the message goes back             |
| object deleted meanwhile                  | ObjectMissing                                    |
| throttled or 5xx at opening or resuming   | botocore retries, then as no progress            |
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lambdas import clients
from lambdas.domain.errors import Unavailable
from lambdas.domain.file import FileRecord, Status
from lambdas.domain.keys import FileKey
from lambdas.stores import object_stream
from lambdas.stores.object_stream import ObjectChanged, ObjectMissing, open_stream
from tests.integration.conftest import forget
from tests.integration.faulty_s3 import ETAG, FaultySource

CONTENT = bytes(range(256)) * 20_000
RECORD = FileRecord(
    FileKey("acme", "01JD0000000000000000000000"),
    Status.UPLOADED,
    "in.jsonl",
    "batch",
    len(CONTENT),
    0,
    0,
    3_600,
)


@contextmanager
def reading_from(source: FaultySource) -> Iterator[None]:
    """The functions' own S3 client against `source`, with quick timeouts."""
    with pytest.MonkeyPatch.context() as patch, source.serving() as endpoint:
        for name, value in {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "LINEGATE_BUCKET": "bucket",
        }.items():
            patch.setenv(name, value)
        patch.setattr(clients, "READ_TIMEOUT_S", 0.3)
        patch.setattr(clients, "ATTEMPTS", 2)
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
        forget()
        yield
    forget()


def read(*faults: str) -> tuple[bytes, FaultySource]:
    source = FaultySource(CONTENT, list(faults))
    with reading_from(source), open_stream(RECORD) as body:
        return body.read(), source


def test_a_whole_body_is_one_request() -> None:
    content, source = read()
    assert content == CONTENT
    assert source.ranges == [None]


@pytest.mark.parametrize("place", [0, 1, 65_536, len(CONTENT) - 1])
def test_a_connection_cut_in_the_middle_is_resumed_where_it_was(place: int) -> None:
    content, source = read(f"cut:{place}")
    assert content == CONTENT
    assert len(source.ranges) == 2
    assert source.ranges[1] is not None
    assert source.matches == [None, ETAG]


def test_many_cuts_with_progress_between_them_are_survived() -> None:
    content, source = read(*["cut:500000"] * 9)
    assert content == CONTENT
    assert len(source.ranges) == 10


def test_a_stalled_connection_is_given_up_and_resumed() -> None:
    content, source = read("stall:100000")
    assert content == CONTENT
    assert len(source.ranges) == 2


def test_without_progress_the_reader_is_told_and_not_given_half_a_file() -> None:
    tries = object_stream.TRIES_WITHOUT_PROGRESS
    assert read(*["cut:0"] * tries)[0] == CONTENT
    with pytest.raises(Unavailable):
        read(*["cut:0"] * (tries + 1))


def test_a_body_shorter_than_the_object_is_never_taken_for_whole() -> None:
    content, source = read("cut:1000", "short:500")
    assert content == CONTENT
    assert len(source.ranges) == 3


def test_an_object_of_another_size_than_the_record_is_not_read() -> None:
    with pytest.raises(ObjectChanged):
        read("short:1")


@pytest.mark.parametrize("status", ["412", "416"])
def test_an_object_replaced_meanwhile_is_not_joined(status: str) -> None:
    with pytest.raises(ObjectChanged):
        read("cut:1000", status)


def test_an_object_deleted_meanwhile() -> None:
    with pytest.raises(ObjectMissing):
        read("cut:1000", "404")


def test_an_object_that_was_never_there() -> None:
    with pytest.raises(ObjectMissing):
        read("404")


@pytest.mark.parametrize("status", ["500", "503"])
def test_a_passing_refusal_is_retried_and_a_lasting_one_told(status: str) -> None:
    assert read(status)[0] == CONTENT
    assert read("cut:1000", status)[0] == CONTENT
    with pytest.raises(Unavailable):
        read(status, status)
