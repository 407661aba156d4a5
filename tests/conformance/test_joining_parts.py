"""S3 joins what it holds, whole, once; a refused join loses nothing; an ended upload stays ended.

Where a server differs from S3 (server.Difference), the test asserts what it does instead.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from lambdas import clients, settings
from lambdas.domain.errors import Unavailable
from lambdas.domain.part_plan import MIN_PART_BYTES, Part
from lambdas.stores.failures import code_of
from lambdas.stores.multipart_store import HeldPart, MultipartEnded
from tests.conformance.raw_http import put
from tests.conformance.server import Difference, Server
from tests.conformance.upload import Upload

FIRST = b"1" * MIN_PART_BYTES
LAST = b"2"
OTHER_ETAG = f'"{"0" * 32}"'


def joined(upload: Upload, parts: list[HeldPart]) -> bytes | str | None:
    """What S3 makes of a list that `multipart_store.join` never sends: the object, or its error."""
    listed = [{"PartNumber": held.part.number, "ETag": held.etag} for held in parts]
    try:
        clients.s3().complete_multipart_upload(
            Bucket=settings.bucket(),
            Key=upload.record.object_key,
            UploadId=upload.multipart_id,
            MultipartUpload={"Parts": listed},  # type: ignore[typeddict-item]  # as S3 has it
        )
    except ClientError as error:
        assert upload.content() is None
        return code_of(error)
    return upload.content()


def test_parts_are_joined_by_number_whatever_order_they_came_in(upload: Upload) -> None:
    last = upload.send(2, LAST)
    first = upload.send(1, FIRST)
    assert upload.content() is None
    upload.join(last, first)
    assert upload.content() == FIRST + LAST


def test_only_the_last_part_may_be_small(upload: Upload, server: Server) -> None:
    parts = upload.send_all(FIRST[:-1], LAST)
    if Difference.SMALL_PARTS in server.differences:
        upload.join(*parts)
        assert upload.content() == FIRST[:-1] + LAST
        return
    with pytest.raises(ClientError) as refused:
        upload.join(*parts)
    assert code_of(refused.value) == "EntityTooSmall"
    assert upload.content() is None
    assert upload.held() == parts
    upload.join(upload.send(1, FIRST), parts[1])
    assert upload.content() == FIRST + LAST


@pytest.mark.parametrize(
    "wrong",
    [HeldPart(Part(1, len(FIRST)), OTHER_ETAG), HeldPart(Part(3, len(FIRST)), OTHER_ETAG)],
    ids=["another ETag", "a part that was never sent"],
)
def test_a_list_that_is_not_what_s3_holds_is_refused(upload: Upload, wrong: HeldPart) -> None:
    first, last = upload.send_all(FIRST, LAST)
    with pytest.raises(Unavailable) as refused:
        upload.join(wrong, last)
    assert isinstance(refused.value.__cause__, ClientError)
    assert code_of(refused.value.__cause__) == "InvalidPart"
    assert upload.content() is None
    assert upload.held() == [first, last]
    upload.join(first, last)
    assert upload.content() == FIRST + LAST


def test_a_part_that_is_not_listed_is_left_out(upload: Upload, server: Server) -> None:
    first, _ = upload.send_all(FIRST, LAST)
    differs = Difference.UNLISTED_PART in server.differences
    assert joined(upload, [first]) == ("InvalidPart" if differs else FIRST)


def test_a_list_in_the_wrong_order_is_refused(upload: Upload, server: Server) -> None:
    first, last = upload.send_all(FIRST, LAST)
    differs = Difference.PART_ORDER in server.differences
    assert joined(upload, [last, first]) == (FIRST + LAST if differs else "InvalidPartOrder")


def test_a_part_listed_twice_is_refused(upload: Upload, server: Server) -> None:
    first, last = upload.send_all(FIRST, LAST)
    expected: bytes | str = "InvalidPartOrder"
    if Difference.REPEATED_PART_ONCE in server.differences:
        expected = FIRST + LAST
    if Difference.REPEATED_PART_TWICE in server.differences:
        expected = FIRST + FIRST + LAST
    assert joined(upload, [first, first, last]) == expected


def test_an_empty_list_is_refused(upload: Upload, server: Server) -> None:
    upload.send(1, LAST)
    differs = Difference.EMPTY_LIST in server.differences
    assert joined(upload, []) == (b"" if differs else "MalformedXML")


def test_joining_again_changes_nothing(upload: Upload) -> None:
    parts = upload.send_all(FIRST, LAST)
    upload.join(*parts)
    upload.join(*parts)
    assert upload.content() == FIRST + LAST


def test_two_joins_at_once_make_one_object(upload: Upload) -> None:
    parts = upload.send_all(FIRST, LAST)
    with ThreadPoolExecutor(2) as threads:
        joins = [threads.submit(upload.join, *parts) for _ in range(2)]
    assert any(join.exception() is None for join in joins)
    assert upload.content() == FIRST + LAST


def test_an_aborted_upload_cannot_be_joined(upload: Upload, server: Server) -> None:
    sent = upload.send(1, LAST)
    upload.abort()
    differs = Difference.ENDED_JOIN in server.differences
    with pytest.raises(Unavailable if differs else MultipartEnded):
        upload.join(sent)
    assert upload.content() is None


@pytest.mark.parametrize("ending", ["aborted", "joined"])
def test_an_ended_upload_takes_no_parts(upload: Upload, ending: str) -> None:
    content = end(upload, ending)
    assert put(upload.url(1, 1), b"3").verdict == (404, "NoSuchUpload")
    assert put(upload.url(2, 1), b"3").verdict == (404, "NoSuchUpload")
    assert upload.content() == content


@pytest.mark.parametrize("ending", ["aborted", "joined"])
def test_an_ended_upload_lists_no_parts(upload: Upload, server: Server, ending: str) -> None:
    end(upload, ending)
    differs = Difference.ENDED_LIST in server.differences
    with pytest.raises(ClientError if differs else MultipartEnded) as refused:
        upload.held()
    if isinstance(refused.value, ClientError):
        assert code_of(refused.value) == "NoSuchKey"


@pytest.mark.parametrize("ending", ["aborted", "joined"])
def test_aborting_an_ended_upload_is_harmless(upload: Upload, ending: str) -> None:
    content = end(upload, ending)
    upload.abort()
    assert upload.content() == content


def test_more_parts_than_a_page_are_all_listed(upload: Upload) -> None:
    sent = upload.send_all(*[b"x"] * 1_001)
    assert upload.held() == sent


def end(upload: Upload, ending: str) -> bytes | None:
    """What the object is then."""
    parts = upload.send_all(LAST)
    if ending == "joined":
        upload.join(*parts)
        return LAST
    upload.abort()
    return None
