"""Two requests, or a request and S3's event, at the same time: every interleaving is forced."""

import pytest

from lambdas.domain.file import FileRecord
from lambdas.workflows.removal_cleanup import remove_traces
from tests.integration.service import Answer, Service
from tests.integration.stored import objects, remove_as_ttl_does
from tests.integration.uploads.client import (
    CHUNK,
    SMALL,
    TWO_SMALL_PARTS,
    Upload,
    cancel,
    complete,
    content_of,
    create,
    deliver_event,
    look,
    multipart_uploads,
    presigned,
    proxied,
    proxied_objects,
    record_of,
    send,
    send_missing,
    send_proxied,
)
from tests.integration.uploads.stopping import answer_lost, just_after, just_before

pytestmark = pytest.mark.usefixtures("small_parts", "one_worker")

COMPLETE, MOVE = "s3.CompleteMultipartUpload", "dynamodb.TransactWriteItems"
PACKING = [
    "s3.ListObjectsV2",
    "s3.AbortMultipartUpload",
    "s3.HeadObject",
    "s3.CreateMultipartUpload",
    "dynamodb.UpdateItem",
    "s3.ListParts",
    "s3.GetObject",
    "s3.UploadPart",
    "s3.CompleteMultipartUpload",
    "s3.DeleteObjects",
]


def expire(upload: Upload) -> FileRecord:
    """What TTL does, at a moment of its own choosing."""
    return remove_as_ttl_does(record_of(upload))


@pytest.mark.parametrize("md5", [None, "0" * 32])
def test_complete_notices_that_the_event_came_first(service: Service, md5: str | None) -> None:
    upload = presigned(service)
    with just_after(COMPLETE, lambda: deliver_event(upload)):
        answer = complete(service, upload, md5=md5)
    assert answer.status == 200
    assert answer.json["status"] == "completed"
    assert answer.json["file"]["status"] == ("error" if md5 else "processed")
    assert answer.json["file"]["line_count"] is not None


def test_an_event_before_and_one_after_the_record_moved_check_once(service: Service) -> None:
    upload = presigned(service)
    with just_after(COMPLETE, lambda: deliver_event(upload)):
        complete(service, upload)
    assert deliver_event(upload).outcome == "repeated"


@pytest.mark.usefixtures("second_join")
@pytest.mark.parametrize("moment", ["s3.ListParts", COMPLETE, MOVE])
def test_two_completes_give_the_same_file(service: Service, moment: str) -> None:
    upload = presigned(service)
    answers: list[Answer] = []
    with just_before(moment, lambda: answers.append(complete(service, upload))):
        answers.append(complete(service, upload))
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert content_of(service, answers[0].json["file"]["id"]) == SMALL


@pytest.mark.parametrize("moment", ["s3.ListParts", COMPLETE, MOVE])
def test_a_cancel_that_is_answered_wins_over_a_complete_under_way(
    service: Service, moment: str
) -> None:
    upload = presigned(service)
    with just_before(moment, lambda: cancel(service, upload)):
        answer = complete(service, upload)
    assert (answer.status, answer.json["code"]) == (400, "invalid_value")
    assert "cancelled" in answer.json["message"]
    assert service.get("/files").json["data"] == []
    assert look(service, upload)["status"] == "cancelled"
    deliver_event(upload)
    assert look(service, upload)["status"] == "cancelled"
    remove_traces([expire(upload)])
    assert objects() == multipart_uploads() == []


@pytest.mark.parametrize(
    ("moment", "cancelled"), [(MOVE, False), ("s3.AbortMultipartUpload", True)]
)
def test_a_complete_during_a_cancel_wins_only_before_the_record_moved(
    service: Service, moment: str, cancelled: bool
) -> None:
    upload = presigned(service)
    completes: list[Answer] = []
    with just_before(moment, lambda: completes.append(complete(service, upload))):
        answer = cancel(service, upload)
    assert answer.status == (200 if cancelled else 400)
    assert completes[0].status == (400 if cancelled else 200)
    listed = service.get("/files").json["data"]
    assert len(listed) == (0 if cancelled else 1)


@pytest.mark.parametrize("moment", ["s3.ListParts", COMPLETE, MOVE])
def test_an_upload_that_expires_between_two_calls_of_complete_is_not_found(
    service: Service, moment: str
) -> None:
    upload = presigned(service)
    gone: list[FileRecord] = []
    with just_before(moment, lambda: gone.append(expire(upload))):
        answer = complete(service, upload)
    assert (answer.status, answer.json["code"]) == (404, "upload_not_found")
    remove_traces(gone)
    assert objects() == multipart_uploads() == []


def test_an_upload_whose_traces_are_gone_already_is_not_found(service: Service) -> None:
    upload = presigned(service)
    with just_before("s3.ListParts", lambda: remove_traces([expire(upload)])):
        answer = complete(service, upload)
    assert (answer.status, answer.json["code"]) == (404, "upload_not_found")


def test_a_part_sent_anew_before_it_was_joined_asks_for_a_repeat(service: Service) -> None:
    upload = presigned(service)
    other = SMALL.replace(b"llama-4", b"llama-5")
    with just_before(COMPLETE, lambda: send(upload["multipart"]["parts"][0], other)):
        answer = complete(service, upload)
    assert (answer.status, "retry-after" in answer.headers) == (503, True)
    file = complete(service, upload).json["file"]
    assert content_of(service, file["id"]) == other


@pytest.mark.usefixtures("second_join")
@pytest.mark.parametrize("moment", PACKING)
def test_two_completes_of_the_same_proxied_parts_give_the_same_file(
    service: Service, moment: str
) -> None:
    upload, part_ids = proxied(service)

    def again() -> Answer:
        return complete(service, upload, part_ids=part_ids)

    inner: list[Answer] = []
    with just_before(moment, lambda: inner.append(again())):
        outer = again()
    assert inner[0].status == 200
    assert outer.status in (200, 503)
    assert again().json == inner[0].json
    assert content_of(service, inner[0].json["file"]["id"]) == TWO_SMALL_PARTS
    assert proxied_objects(upload) == multipart_uploads() == []


@pytest.mark.usefixtures("second_join")
@pytest.mark.parametrize("moment", PACKING)
def test_completes_of_different_orders_never_mix_and_never_change_the_file(
    service: Service, moment: str
) -> None:
    upload, part_ids = proxied(service)
    swapped_ids = part_ids[1::-1] + part_ids[2:]
    file_id = upload["id"].replace("upload-", "file-")
    first: list[bytes] = []

    def swapped() -> None:
        assert complete(service, upload, part_ids=swapped_ids).status == 200
        first.append(content_of(service, file_id))

    with just_before(moment, swapped):
        complete(service, upload, part_ids=part_ids)
    assert complete(service, upload, part_ids=part_ids).status == 200
    one, two, rest = (TWO_SMALL_PARTS[start:][:CHUNK] for start in (0, CHUNK, 2 * CHUNK))
    too_late = moment == "s3.DeleteObjects"
    assert first[0] == (TWO_SMALL_PARTS if too_late else two + one + rest)
    assert content_of(service, file_id) == first[0]


@pytest.mark.parametrize("moment", PACKING[:-1])
def test_presigned_and_proxied_parts_never_both_become_the_file(
    service: Service, moment: str
) -> None:
    upload, part_ids = proxied(service)
    zeros = bytes(len(TWO_SMALL_PARTS))
    send_missing(upload, zeros)
    file_id = upload["id"].replace("upload-", "file-")
    first: list[bytes] = []

    def join_presigned() -> None:
        if complete(service, upload).status == 200:
            first.append(content_of(service, file_id))

    with just_before(moment, join_presigned):
        complete(service, upload, part_ids=part_ids)
    assert complete(service, upload, part_ids=part_ids).status == 200
    presigned_won = moment in ("s3.ListObjectsV2", "s3.AbortMultipartUpload")
    assert bool(first) == presigned_won
    assert content_of(service, file_id) == (zeros if presigned_won else TWO_SMALL_PARTS)


def test_a_part_that_arrives_during_the_end_goes_with_the_record(service: Service) -> None:
    upload = create(service)
    with just_before("s3.PutObject", lambda: cancel(service, upload)):
        send_proxied(service, upload, SMALL)
    assert len(proxied_objects(upload)) == 1
    remove_traces([expire(upload)])
    assert objects() == []


@pytest.mark.usefixtures("second_join")
@pytest.mark.parametrize("operation", [COMPLETE, MOVE])
def test_a_presigned_complete_survives_lost_answers(service: Service, operation: str) -> None:
    upload = presigned(service)
    with answer_lost(operation):
        answer = complete(service, upload)
    assert (answer.status, answer.json["status"]) == (200, "completed")
    assert content_of(service, answer.json["file"]["id"]) == SMALL


@pytest.mark.usefixtures("second_join")
@pytest.mark.parametrize("operation", PACKING)
def test_a_proxied_complete_survives_lost_answers(service: Service, operation: str) -> None:
    upload, part_ids = proxied(service)
    with answer_lost(operation):
        answer = complete(service, upload, part_ids=part_ids)
    assert (answer.status, answer.json["status"]) == (200, "completed")
    assert content_of(service, answer.json["file"]["id"]) == TWO_SMALL_PARTS


@pytest.mark.parametrize("operation", [MOVE, "s3.AbortMultipartUpload", "s3.DeleteObjects"])
def test_a_cancel_survives_lost_answers(service: Service, operation: str) -> None:
    upload, _ = proxied(service)
    with answer_lost(operation):
        answer = cancel(service, upload)
    assert (answer.status, answer.json["status"]) == (200, "cancelled")
    assert objects() == multipart_uploads() == []


@pytest.mark.parametrize(
    "operation", ["s3.CreateMultipartUpload", "dynamodb.UpdateItem", "dynamodb.PutItem"]
)
def test_a_create_survives_lost_answers(service: Service, operation: str) -> None:
    with answer_lost(operation):
        upload = create(service)
    send_missing(upload, SMALL)
    assert complete(service, upload).status == 200
