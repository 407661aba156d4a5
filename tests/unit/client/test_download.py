"""A download: in ranges, gone on with, compared. No sockets."""

import hashlib
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from linegate.cli.download import local_name
from linegate.transfer import download
from linegate.transfer.download import DownloadFailed, Part, Parts
from linegate.transfer.flow import Answer, Call, NoAnswer, Sleep
from linegate.transfer.objects import File
from linegate.transfer.run_threads import ThreadRunner

md5 = partial(hashlib.md5, usedforsecurity=False)
CONTENT = bytes(range(250)) * 10
RANGE = 1_000
SERVICE, STORAGE = "https://linegate.test/content", "https://storage.test/object?signed"


def etag_of(content: bytes) -> str:
    ranges = [content[start : start + RANGE] for start in range(0, len(content), RANGE)]
    joined = b"".join(md5(part).digest() for part in ranges)
    return f'"{md5(joined).hexdigest()}-{len(ranges)}"'


class Storage:
    """Redirects to an object, and gives ranges of it if it is still the one that is wanted."""

    def __init__(self, content: bytes = CONTENT) -> None:
        self.content = content
        self.etag = etag_of(content)
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


def fetch(storage: Storage, target: Path) -> Part:
    part = Part(target, Parts("file-1", len(storage.content)))
    try:
        Impatient(storage.send, parallel=1).run(download.download(SERVICE, part, lambda _: None))
    finally:
        part.close()
    return part


def test_the_ranges_make_the_file(tmp_path: Path) -> None:
    storage, target = Storage(), tmp_path / "a"
    part = fetch(storage, target)
    assert part.parts.matches() is True
    assert storage.ranges == ["bytes=0-999", "bytes=1000-1999", "bytes=2000-2499"]
    Part(target, Parts("file-1", len(CONTENT))).finish(target)
    assert target.read_bytes() == CONTENT
    assert list(tmp_path.iterdir()) == [target]


def test_a_stopped_download_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    storage = Storage()
    storage.refused = {number: NoAnswer() for number in range(3, 8)}
    with pytest.raises(NoAnswer):
        fetch(storage, tmp_path / "a")
    storage.ranges.clear()
    assert fetch(storage, tmp_path / "a").parts.matches() is True
    assert storage.ranges == ["bytes=2000-2499"]


def test_a_range_that_fails_is_asked_for_again(tmp_path: Path) -> None:
    storage = Storage()
    storage.refused = {2: Answer(503, {}, b""), 3: NoAnswer()}
    assert fetch(storage, tmp_path / "a").parts.matches() is True


def test_another_object_begins_anew(tmp_path: Path) -> None:
    storage = Storage()
    storage.refused = {number: NoAnswer() for number in range(3, 8)}
    with pytest.raises(NoAnswer):
        fetch(storage, tmp_path / "a")
    other = Storage(CONTENT[::-1])
    fetch(other, tmp_path / "a")
    assert (tmp_path / "a.part").read_bytes() == CONTENT[::-1]


def test_the_part_of_another_file_is_not_gone_on_with(tmp_path: Path) -> None:
    fetch(Storage(), tmp_path / "a")
    part = Part(tmp_path / "a", Parts("file-2", len(CONTENT)))
    part.close()
    assert part.parts.missing() == [0, 1, 2]


def test_a_url_that_has_ended_is_asked_for_anew(tmp_path: Path) -> None:
    storage = Storage()
    storage.refused = {2: Answer(403, {}, b"")}
    assert fetch(storage, tmp_path / "a").parts.matches() is True


def test_fewer_bytes_than_asked_for_are_no_success(tmp_path: Path) -> None:
    storage = Storage()
    storage.refused = {2: Answer(206, {"etag": storage.etag}, b"short")}
    with pytest.raises(DownloadFailed, match="other bytes"):
        fetch(storage, tmp_path / "a")


def test_other_bytes_do_not_match(tmp_path: Path) -> None:
    storage = Storage()
    storage.refused = {2: Answer(206, {"etag": storage.etag}, b"x" * RANGE)}
    assert fetch(storage, tmp_path / "a").parts.matches() is False


@pytest.mark.parametrize("etag", ['"0123-7"', '"0123"', ""])
def test_an_etag_of_other_parts_tells_nothing(etag: str) -> None:
    md5s = dict.fromkeys(range(3), md5(b"").hexdigest())
    assert Parts("file-1", len(CONTENT), etag, md5s).matches() is None


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
