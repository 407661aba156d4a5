"""`linegate upload`, where a first walk through it found no way on."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from linegate.transfer.flow import Answer
from tests.contract.client.command import Linegate
from tests.contract.client.loopback import served
from tests.contract.lines import batch, batch_of, request_line
from tests.unit.client.fake_service import KEY, Asked, FakeService, refused

MIB = 1 << 20
LIMITS = {
    "max_file_bytes": 200 * MIB,
    "max_direct_bytes": 4 * MIB,
    "purposes": [{"name": "batch", "writable": True, "retention_seconds": 604_800}],
    "batch": {
        "max_requests": 50_000,
        "max_line_bytes": MIB,
        "max_depth": 256,
        "request_urls": ["/v1/chat/completions"],
        "one_model_per_file": True,
        "kept_errors": 100,
    },
}


def limits(**batch_limits: Any) -> dict[str, Any]:
    return LIMITS | {"batch": {**LIMITS["batch"], **batch_limits}}  # type: ignore[dict-item]


@pytest.fixture
def service() -> FakeService:
    return FakeService(limits=limits())


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.jsonl"
    path.write_bytes(batch(3))
    return path


def upload(service: FakeService, home: Path, *arguments: str | Path, stdin: bytes = b"") -> Any:
    with served(service) as base_url:
        return Linegate(home, base_url, KEY)("upload", *arguments, stdin=stdin)


def test_an_unknown_purpose_is_for_the_service_to_judge(
    service: FakeService, tmp_path: Path, small: Path
) -> None:
    said = refused(400, "invalid_value")
    service.fault = lambda asked: said if asked.route == "POST /files" else None
    ended = upload(service, tmp_path, small, "--purpose", "eval")
    assert (ended.returncode, ended.stderr) == (5, "linegate: It is invalid_value.\n")
    assert service.count("POST /files") == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"max_requests": 2}, "too_many_tasks"),
        ({"max_line_bytes": 50}, "line_too_long"),
        ({"request_urls": ["/v1/other"]}, "invalid_url"),
        ({"max_depth": 1}, "invalid_json_line"),
    ],
)
def test_the_local_check_uses_the_limits_of_the_service(
    tmp_path: Path, small: Path, changed: dict[str, Any], code: str
) -> None:
    service = FakeService(limits=limits(**changed))
    ended = upload(service, tmp_path, small)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert code in ended.stderr
    assert "nothing was sent" in ended.stderr


def test_the_local_check_allows_what_the_service_allows(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(request_line("a") + request_line("b").replace(b"llama", b"mixtral"))
    assert upload(FakeService(limits=limits()), tmp_path, path).returncode == 1
    service = FakeService(limits=limits(one_model_per_file=False))
    assert upload(service, tmp_path, path).returncode == 0


def test_check_uses_the_limits_of_the_service_unless_it_is_offline(
    tmp_path: Path, small: Path
) -> None:
    service = FakeService(limits=limits(max_requests=2))
    with served(service) as base_url:
        linegate = Linegate(tmp_path, base_url, KEY)
        asked = linegate("check", small)
        assert service.routes == ["GET /limits"]
        offline = linegate("check", small, "--offline")
        assert len(service.routes) == 1
    assert (asked.returncode, offline.returncode) == (1, 0)
    assert "too_many_tasks" in asked.stdout
    down = linegate("check", small)
    assert (down.returncode, down.stderr.count("\n")) == (0, 1)
    assert "Checking by the default limits" in down.stderr


def test_a_file_above_the_limit_of_the_service_is_refused_before_it_is_sent(
    tmp_path: Path, small: Path
) -> None:
    service = FakeService(limits=limits() | {"max_file_bytes": 100})
    ended = upload(service, tmp_path, small)
    assert ended.returncode == 1
    assert "larger than 100 B" in ended.stderr
    assert service.routes == ["GET /limits"]


def test_a_service_with_another_direct_limit_gets_parts(tmp_path: Path, small: Path) -> None:
    service = FakeService(limits=limits() | {"max_direct_bytes": 100})
    assert upload(service, tmp_path, small).returncode == 0
    assert service.count("POST /files") == 0
    assert service.content("upload-0") == small.read_bytes()


@pytest.mark.parametrize(
    "too_large",
    [
        refused(413, "request_too_large"),
        Answer(413, {"content-type": "text/plain"}, b"HTTP content length exceeded"),
    ],
    ids=["service", "gateway"],
)
def test_a_413_falls_back_to_parts(
    service: FakeService, tmp_path: Path, small: Path, too_large: Answer
) -> None:
    service.fault = lambda asked: too_large if asked.route == "POST /files" else None
    ended = upload(service, tmp_path, small)
    assert ended.returncode == 0, ended.stderr
    assert service.content("upload-0") == small.read_bytes()


def test_a_quota_is_no_rejected_key(service: FakeService, tmp_path: Path, small: Path) -> None:
    quota = refused(403, "quota_exceeded")
    service.fault = lambda asked: quota if asked.route == "POST /files" else None
    ended = upload(service, tmp_path, small)
    assert (ended.returncode, ended.stderr) == (5, "linegate: It is quota_exceeded.\n")


def test_a_gzip_file_is_named_with_how_to_send_it(service: FakeService, tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl.gz"
    path.write_bytes(gzip.compress(batch(3)))
    ended = upload(service, tmp_path, path)
    assert ended.returncode == 1
    assert "is a gzip file" in ended.stderr
    command = f"gunzip -c {path} | linegate upload - --name requests.jsonl"
    assert command in " ".join(ended.stderr.split())
    assert service.count("POST /files") == 0


def refuse_37_lines(asked: Asked) -> Answer | None:
    errors = [
        {"code": "invalid_json_line", "line": n, "message": "No.", "param": None}
        for n in range(1, 38)
    ]
    answer = json.loads(refused(400, "invalid_json_line").content)
    answer["error"] |= {"error_count": 37, "errors": {"object": "list", "data": errors}}
    bad = Answer(400, {}, json.dumps(answer).encode())
    return bad if asked.route == "POST /files" else None


def test_ten_errors_are_shown_and_all_when_asked(service: FakeService, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(b"{}x\n" * 37)
    service.fault = refuse_37_lines
    for options in ((), ("--no-check",)):
        shown = upload(service, tmp_path, path, *options).stderr
        assert shown.count("invalid_json_line:") == 10
        assert "27 more errors" in shown
        assert "--all" in shown
        everything = upload(service, tmp_path, path, "--all", *options).stderr
        assert everything.count("invalid_json_line:") == 37


def test_standard_input_has_a_name(service: FakeService, tmp_path: Path) -> None:
    ended = upload(service, tmp_path, "-", stdin=batch(2))
    assert ended.returncode == 0
    assert "stdin.jsonl" in ended.stdout
    named = upload(service, tmp_path, "-", "--name", "in.jsonl", stdin=batch(2))
    assert "in.jsonl: processed" in named.stdout


def test_quiet_prints_ids_only(service: FakeService, tmp_path: Path, small: Path) -> None:
    ended = upload(service, tmp_path, "-q", small, small)
    assert (ended.stdout, ended.stderr) == ("file-direct\nfile-direct\n", "")


def test_an_upload_that_ended_in_the_storage_begins_again(
    service: FakeService, tmp_path: Path
) -> None:
    """It stays pending, but there is nothing that parts could be sent to."""
    path = tmp_path / "large.jsonl"
    path.write_bytes(batch_of(5 * MIB))
    denied = Answer(403, {}, b"<Code>AccessDenied</Code>")
    with served(service) as base_url:
        linegate = Linegate(tmp_path, base_url, KEY)
        service.fault = lambda asked: denied if asked.to_storage else None
        assert linegate("upload", path).returncode == 5
        gone = json.dumps(service.uploads["upload-0"] | {"multipart": None}).encode()
        service.fault = lambda asked: (
            Answer(200, {}, gone) if asked.route == "GET /uploads/{id}" else None
        )
        service.asked.clear()
        ended = linegate("upload", path)
    assert ended.returncode == 0, ended.stderr
    assert service.routes[:3] == ["GET /limits", "GET /uploads/{id}", "POST /uploads"]
    assert service.content("upload-1") == path.read_bytes()
