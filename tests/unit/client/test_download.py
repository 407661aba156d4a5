"""A download: in ranges, resumed. No sockets."""

import hashlib
from pathlib import Path
from typing import Any, cast

import pytest

from linegate.cli.download import local_name
from linegate.transfer import download
from linegate.transfer.download import DownloadFailed, PartialFile
from linegate.transfer.flow import Answer, Call, NoAnswer, Sleep
from linegate.transfer.objects import File
from linegate.transfer.progress import Progress, Tally
from linegate.transfer.run_threads import ThreadRunner

CONTENT = bytes(range(250)) * 10
RANGE = 1_000
SERVICE, STORAGE = "https://linegate.test/content", "https://storage.test/object?signed"


class Storage:
    """Redirects to an object, and gives ranges of it if it is still the one that is wanted."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.content = content
        self.etag = f'"{hashlib.sha256(content).hexdigest()}"'
        self.ranges: list[str] = []
        self.refused: dict[int, Answer | NoAnswer] = {}

    def send(self, call: Call) -> Answer:
        if call.url == SERVICE:
            assert not call.to_storage
            return Answer(302, {"location": STORAGE}, b"{}")
        assert call.to_storage
        self.ranges.append(call.headers["range"])
        refused = self.refused.pop(len(self.ranges), None)
        if isinstance(refused, NoAnswer):
            raise refused
        if refused:
            return refused
        if call.headers.get("if-match", self.etag) != self.etag:
            return Answer(412, {}, b"")
        first, last = map(int, call.headers["range"].removeprefix("bytes=").split("-"))
        return Answer(206, {"etag": self.etag}, self.content[first : last + 1])


class Impatient(ThreadRunner):
    def _take(self, step: Any, stop: Any) -> Any:
        return None if isinstance(step, Sleep) else super()._take(step, stop)


@pytest.fixture(autouse=True)
def _short_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "RANGE_BYTES", RANGE)


def file_of(content: bytes = CONTENT, file_id: str = "file-1") -> File:
    return cast("File", {"id": file_id, "bytes": len(content), "filename": "a"})


def open_part(target: Path, file: File) -> PartialFile:
    return PartialFile(target, file, target.parent / "state" / "journal.json")


def fetch(storage: Storage, target: Path, tally: Tally | None = None) -> PartialFile:
    part = open_part(target, file_of(storage.content))
    tally = tally or Tally("a", len(storage.content), None)
    try:
        Impatient(storage.send, parallel=1).run(download.download(SERVICE, part, tally))
        assert part.sha256() == hashlib.sha256(part.path.read_bytes()).hexdigest()
    finally:
        part.close()
    return part


def interrupt(storage: Storage, target: Path) -> None:
    """The third range fails, however often it is asked for."""
    storage.refused = {number: NoAnswer() for number in range(3, 8)}
    with pytest.raises(NoAnswer):
        fetch(storage, target)
    storage.ranges.clear()


def test_the_ranges_make_the_file(tmp_path: Path) -> None:
    storage, target = Storage(), tmp_path / "a"
    fetch(storage, target)
    assert storage.ranges == ["bytes=0-999", "bytes=1000-1999", "bytes=2000-2499"]
    open_part(target, file_of()).finish()
    assert target.read_bytes() == CONTENT
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [target]


def test_a_stopped_download_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    storage = Storage()
    interrupt(storage, tmp_path / "a")
    seen: list[Progress] = []
    part = fetch(storage, tmp_path / "a", Tally("a", len(CONTENT), seen.append))
    assert storage.ranges == ["bytes=2000-2499"]
    assert part.path.read_bytes() == CONTENT
    assert (seen[0].sent_bytes, seen[0].held_bytes) == (2_000, 2_000)


def test_a_range_that_fails_is_asked_for_again(tmp_path: Path) -> None:
    storage = Storage()
    storage.refused = {2: Answer(503, {}, b""), 3: NoAnswer()}
    assert fetch(storage, tmp_path / "a").path.read_bytes() == CONTENT


def test_another_object_begins_again(tmp_path: Path) -> None:
    interrupt(Storage(), tmp_path / "a")
    other = Storage(CONTENT[::-1])
    assert fetch(other, tmp_path / "a").path.read_bytes() == CONTENT[::-1]


def test_the_part_of_another_file_is_not_resumed(tmp_path: Path) -> None:
    fetch(Storage(), tmp_path / "a")
    part = open_part(tmp_path / "a", file_of(file_id="file-2"))
    part.close()
    assert part.held.missing() == [0, 1, 2]
    assert part.path.name == "a.2.part"


def test_a_url_that_has_ended_is_asked_for_again(tmp_path: Path) -> None:
    storage = Storage()
    storage.refused = {2: Answer(403, {}, b"")}
    assert fetch(storage, tmp_path / "a").path.read_bytes() == CONTENT


def test_fewer_bytes_than_asked_for_are_no_success(tmp_path: Path) -> None:
    storage = Storage()
    storage.refused = {2: Answer(206, {"etag": storage.etag}, b"short")}
    with pytest.raises(DownloadFailed, match="other bytes"):
        fetch(storage, tmp_path / "a")


def test_a_download_works_where_nothing_can_be_remembered(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    assert fetch(Storage(), tmp_path / "a").path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("requests.jsonl", "requests.jsonl"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\x.jsonl", "x.jsonl"),
        (".bashrc", "bashrc"),
        ("..", "file-1"),
        ("a\x1b[2Jb\n.jsonl", "a[2Jb.jsonl"),
        ("日本.jsonl", "日本.jsonl"),
        ("/", "file-1"),
    ],
)
def test_a_name_from_the_service_stays_in_this_folder(filename: str, expected: str) -> None:
    assert local_name(cast("File", {"id": "file-1", "filename": filename})) == expected
