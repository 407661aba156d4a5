"""One upload, as a flow against a service in memory: no sockets, and no waiting."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, cast

import pytest

from linegate.sdk.state import ProcessMemory
from linegate.transfer import retry
from linegate.transfer.flow import Answer, Flow, NoAnswer, Parallel, Sleep
from linegate.transfer.form import FileForm
from linegate.transfer.progress import Progress, Tally
from linegate.transfer.run_threads import ThreadRunner
from linegate.transfer.source import MemorySource, Source, SourceChanged
from linegate.transfer.upload import NoPartUrls, StorageRefused, UploadJob, upload
from tests.unit.client.fake_service import BASE_URL, Asked, FakeService, refused

PART = 1_000
CONTENT = bytes(range(256)) * 10  # three parts, the last one shorter


class Impatient(ThreadRunner):
    """Notes how long it was asked to sleep, and does not."""

    def __init__(self, service: FakeService, parallel: int = 3) -> None:
        super().__init__(service.send, parallel)
        self.slept: list[float] = []

    def _take(self, step: Any, stop: Any) -> Any:
        if isinstance(step, Sleep):
            self.slept.append(step.seconds)
            return None
        return super()._take(step, stop)


def job_of(content: bytes = CONTENT, **changed: Any) -> UploadJob:
    form = FileForm("a.jsonl", b"", {"purpose": "batch"})
    fields: dict[str, Any] = {
        "files_url": f"{BASE_URL}/files",
        "form": form,
        "source": MemorySource(content),
        "tally": Tally(form.filename, len(content), None),
        "memory": ProcessMemory({}, "key"),
        "direct_bytes": 0,
    }
    return UploadJob(**fields | changed)


def store(service: FakeService, job: UploadJob, wait_s: float = 60.0) -> Answer:
    service.part_bytes = PART
    return Impatient(service).run(upload(job, wait_s))


def fails(route: str, *answers: Answer | Exception) -> Callable[[Asked], Answer | Exception | None]:
    """Fault: the first requests of a route get these."""
    left = list(answers)

    def fault(asked: Asked) -> Answer | Exception | None:
        return left.pop(0) if asked.route == route and left else None

    return fault


def test_the_storage_gets_the_bytes_in_their_order() -> None:
    service = FakeService()
    answer = store(service, job_of())
    assert service.content("upload-0") == CONTENT
    assert (answer.status, answer.json()["status"]) == (200, "processed")
    assert sorted(service.routes[1:4]) == ["PUT part 1", "PUT part 2", "PUT part 3"]
    assert service.routes[0] == "POST /uploads"
    assert service.routes[4:] == ["POST /uploads/{id}/complete", "GET /files/{id}"]


@pytest.mark.parametrize("size", [PART - 1, PART, PART + 1, 2 * PART])
def test_parts_end_where_the_file_ends(size: int) -> None:
    service = FakeService()
    store(service, job_of(b"x" * size))
    assert len(service.content("upload-0")) == size
    assert max(map(len, service.parts["upload-0"].values())) <= PART


def test_the_upload_announces_name_purpose_size_and_expiry() -> None:
    service = FakeService()
    data = {
        "purpose": "batch",
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": "3600",
    }
    store(service, job_of(form=FileForm("ü.jsonl", b"", data)))
    assert service.asked[0].json() == {
        "filename": "ü.jsonl",
        "bytes": len(CONTENT),
        "purpose": "batch",
        "expires_after": {"anchor": "created_at", "seconds": 3600},
    }


def test_the_md5_goes_with_complete() -> None:
    service = FakeService()
    store(service, job_of(md5="abc"))
    (complete,) = [asked for asked in service.asked if asked.route.endswith("/complete")]
    assert complete.json() == {"md5": "abc"}


def test_a_part_that_fails_twice_succeeds_on_the_third_try() -> None:
    service = FakeService(fault=fails("PUT part 2", Answer(503, {}, b""), NoAnswer()))
    assert store(service, job_of()).ok
    assert service.content("upload-0") == CONTENT
    assert service.count("PUT part 2") == 3
    assert service.count("PUT part 1") == service.count("PUT part 3") == 1


def test_a_part_is_tried_no_more_than_five_times() -> None:
    service = FakeService(fault=fails("PUT part 2", *[NoAnswer()] * 9))
    with pytest.raises(NoAnswer):
        store(service, job_of())
    assert service.count("PUT part 2") == retry.TRIES == 5


def test_what_failed_goes_on_when_it_is_called_again() -> None:
    service = FakeService(fault=fails("PUT part 2", *[NoAnswer()] * 5))
    begun: dict[str, str] = {}
    with pytest.raises(NoAnswer):
        store(service, job_of(memory=ProcessMemory(begun, "key")))
    held = set(service.parts["upload-0"])
    assert 2 not in held
    service.asked.clear()
    assert store(service, job_of(memory=ProcessMemory(begun, "key"))).ok
    sent = {route for route in service.routes if route.startswith("PUT")}
    assert sent == {f"PUT part {number}" for number in {1, 2, 3} - held}
    assert service.content("upload-0") == CONTENT
    assert begun == {}


def test_an_upload_that_is_gone_is_begun_anew() -> None:
    service = FakeService()
    begun = {"key": "upload-7"}
    assert store(service, job_of(memory=ProcessMemory(begun, "key"))).ok
    assert service.routes[:2] == ["GET /uploads/{id}", "POST /uploads"]


def test_an_upload_that_was_cancelled_is_begun_anew() -> None:
    service = FakeService(uploads={"upload-7": {"id": "upload-7", "status": "cancelled"}})
    service.parts["upload-7"] = {}
    assert store(service, job_of(memory=ProcessMemory({"key": "upload-7"}, "key"))).ok
    assert service.count("POST /uploads") == 1


def test_an_upload_that_was_completed_meanwhile_is_its_file() -> None:
    service = FakeService()
    begun: dict[str, str] = {}
    fault = fails("POST /uploads/{id}/complete", *[NoAnswer()] * 5)
    service.fault = fault
    with pytest.raises(NoAnswer):
        store(service, job_of(memory=ProcessMemory(begun, "key")))
    service._complete("upload-0")
    service.asked.clear()
    assert store(service, job_of(memory=ProcessMemory(begun, "key"))).json()["id"] == "file-0"
    assert service.routes == ["GET /uploads/{id}", "GET /files/{id}"]


def test_urls_that_have_ended_are_asked_for_anew() -> None:
    expired = Answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
    service = FakeService(fault=fails("PUT part 3", expired))
    assert store(service, job_of()).ok
    assert service.count("GET /uploads/{id}") == 1
    assert service.count("PUT part 1") == 1
    assert service.content("upload-0") == CONTENT


def test_a_part_that_is_always_refused_ends_it_with_a_reason() -> None:
    expired = Answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
    service = FakeService(fault=fails("PUT part 3", *[expired] * 9))
    with pytest.raises(StorageRefused, match=r"part 3 .*403 AccessDenied.*upload the file again"):
        store(service, job_of())
    assert service.count("POST /uploads/{id}/complete") == 0


def test_another_service_is_named_as_such() -> None:
    service = FakeService(uploads={"upload-7": {"id": "upload-7", "status": "pending"}})

    def openai(asked: Asked) -> Answer:
        return Answer(200, {}, b'{"id": "upload_1", "status": "pending"}')

    service.fault = openai
    with pytest.raises(NoPartUrls, match="no Linegate"):
        store(service, job_of())


def test_an_error_of_the_service_is_the_answer() -> None:
    service = FakeService(fault=fails("POST /uploads", refused(401, "invalid_api_key")))
    answer = store(service, job_of())
    assert (answer.status, answer.json()["code"]) == (401, "invalid_api_key")


def test_the_wait_ends_with_the_verdict() -> None:
    service = FakeService(looks_until_checked=4)
    assert store(service, job_of()).json()["status"] == "processed"
    assert service.count("GET /files/{id}") == 4


def test_the_wait_ends_with_its_time() -> None:
    service = FakeService(looks_until_checked=1_000)
    assert store(service, job_of(), wait_s=10).json()["status"] == "uploaded"


def test_no_wait_asks_nothing_more_than_complete() -> None:
    service = FakeService()
    assert store(service, job_of(), wait_s=0).json()["status"] == "uploaded"
    assert service.routes[-1] == "POST /uploads/{id}/complete"


def test_invalid_lines_are_refused_as_in_one_request_and_nothing_stays() -> None:
    line = {"code": "invalid_json_line", "line": 7, "message": "No.", "param": None}
    service = FakeService(verdict="error", errors=[line])
    answer = store(service, job_of())
    assert answer.status == 400
    error = answer.json()["error"]
    assert (error["code"], error["param"]) == ("invalid_json_line", None)
    assert error["errors"]["data"] == [line]
    assert error["message"] == answer.json()["message"] == "3 errors. Line 1: …"
    assert service.files == {}


def test_progress_ends_at_all_bytes_and_takes_back_a_failed_part() -> None:
    seen: list[Progress] = []
    service = FakeService(fault=fails("PUT part 1", Answer(500, {}, b"")))
    store(service, job_of(tally=Tally("a.jsonl", len(CONTENT), seen.append)))
    assert seen[-1] == Progress("a.jsonl", len(CONTENT), len(CONTENT))
    assert all(0 <= progress.sent_bytes <= len(CONTENT) for progress in seen)
    assert any(b.sent_bytes < a.sent_bytes for a, b in pairwise(seen))


def test_progress_counts_what_the_storage_holds_already() -> None:
    service = FakeService(part_bytes=PART)
    service._begin({"bytes": len(CONTENT), "filename": "a.jsonl"})
    service.parts["upload-0"] = {1: CONTENT[:PART], 3: CONTENT[2 * PART :]}
    seen: list[Progress] = []
    memory = ProcessMemory({"key": "upload-0"}, "key")
    store(service, job_of(memory=memory, tally=Tally("a", len(CONTENT), seen.append)))
    assert [progress.sent_bytes for progress in seen] == [len(CONTENT) - PART, len(CONTENT)]


def test_a_file_that_shrinks_meanwhile_stops_the_upload() -> None:
    service = FakeService()
    source = MemorySource(CONTENT)
    source.size += 1
    with pytest.raises(SourceChanged):
        store(service, job_of(source=cast("Source", source)))
    assert service.count("POST /uploads/{id}/complete") == 0


def test_the_first_failure_stops_the_other_parts() -> None:
    started: list[int] = []

    def flow(number: int) -> Flow[None]:
        started.append(number)
        if number == 0:
            raise ValueError(number)
        yield Sleep(0)

    def all_of_them() -> Flow[Any]:
        return (yield Parallel([flow(number) for number in range(100)]))

    with pytest.raises(ValueError, match="0"):
        Impatient(FakeService(), parallel=1).run(all_of_them())
    assert started == [0]


def test_a_named_time_is_waited_for() -> None:
    assert retry.choose_delay_s(1, Answer(503, {"retry-after": "3"}, b"")) == 3.0
    hour = Answer(429, {"retry-after": "3600"}, b"")
    assert retry.choose_delay_s(1, hour) == retry.LONGEST_DELAY_S
    assert 0.3 <= retry.choose_delay_s(1, None) <= 0.5
    assert retry.choose_delay_s(9, None) <= retry.LONGEST_DELAY_S * 1.25
