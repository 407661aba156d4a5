"""`linegate` against the local stack, as a person uses it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.client.command import Linegate
from tests.contract.lines import batch, request_line


@pytest.fixture
def linegate(tmp_path: Path, base_url: str, api_key: str) -> Linegate:
    return Linegate(tmp_path, base_url, api_key)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.jsonl"
    path.write_bytes(batch(3))
    return path


def lines(printed: str) -> list[Any]:
    return [json.loads(line) for line in printed.splitlines()]


def test_a_file_goes_up_and_comes_back(linegate: Linegate, small: Path, large: Path) -> None:
    for path in (small, large):
        uploaded = linegate("upload", path, "--json")
        assert uploaded.returncode == 0, uploaded.stderr
        (file,) = lines(uploaded.stdout)
        assert (file["status"], file["filename"]) == ("processed", path.name)
        target = linegate.home / "copy"
        got = linegate("get", file["id"], "-o", target, "--json")
        assert got.returncode == 0, got.stderr
        assert target.read_bytes() == path.read_bytes()
        assert lines(got.stdout)[0]["verified"] == ("sha256" if file.get("sha256") else "size")
        assert sorted(linegate.home.glob("copy*")) == [target]
        target.unlink()
        assert linegate("get", file["id"], "-o", "-").stdout.encode() == path.read_bytes()


def test_files_are_listed_shown_and_removed(linegate: Linegate, small: Path) -> None:
    first, second = (
        lines(linegate("upload", small, "--json", "--name", name).stdout)[0]["id"]
        for name in ("first.jsonl", "second.jsonl")
    )
    assert [file["id"] for file in lines(linegate("ls", "--json").stdout)] == [second, first]
    assert [file["id"] for file in lines(linegate("ls", "--json", "-r", "-n", "1").stdout)] == [
        first
    ]
    columns = linegate("ls").stdout.splitlines()[0].split("\t")
    assert columns[:4] == [second, "processed", "3", str(small.stat().st_size)]
    assert columns[6] == "second.jsonl"
    shown = linegate("show", first).stdout
    assert "first.jsonl" in shown
    assert "requests  3" in shown
    assert linegate("rm", first, second).returncode == 0
    assert linegate("ls").stdout == ""
    again = linegate("rm", first)
    assert (again.returncode, again.stderr.count("\n")) == (4, 1)


def test_three_bad_lines_are_named_before_anything_is_sent(
    linegate: Linegate, tmp_path: Path
) -> None:
    path = tmp_path / "bad.jsonl"
    good = [request_line(f"r{number}") for number in range(10)]
    bad = {2: b"{\n", 5: good[4], 8: good[8].replace(b"POST", b"GET")}
    path.write_bytes(b"".join(bad.get(number, line) for number, line in enumerate(good)))
    for options in ((), ("--no-check",)):
        refused = linegate("upload", path, *options)
        assert refused.returncode == 1
        for text in ("line 3 ", "line 6 ", "line 9 ", "duplicate_custom_id"):
            assert text in refused.stderr
        assert refused.stdout == ""
    assert linegate("ls").stdout == ""
    (found,) = lines(linegate("upload", path, "--json").stdout)
    assert [error["line"] for error in found["error"]["errors"]["data"]] == [3, 6, 9]


def test_patterns_and_standard_input_are_uploaded(linegate: Linegate, tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(batch(2))
    assert linegate("upload", f"{tmp_path}/*.jsonl").stdout.count("processed") == 2
    piped = linegate("upload", "-", "--name", "piped.jsonl", "--json", stdin=batch(4))
    (file,) = lines(piped.stdout)
    assert (file["filename"], file["line_count"]) == ("piped.jsonl", 4)


def test_one_bad_file_does_not_keep_the_others(linegate: Linegate, small: Path) -> None:
    ended = linegate("upload", "missing.jsonl", small)
    assert ended.returncode == 2
    assert "missing.jsonl does not exist" in ended.stderr
    assert "small.jsonl: processed" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("upload", "."), "is a directory"),
        (("upload", "missing.jsonl"), "does not exist"),
        (("get", "file-nothing", "-o", "/nowhere/x"), "No such file"),
        (("show", "file-nothing"), "No such file"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    linegate: Linegate, arguments: tuple[str, ...], said: str
) -> None:
    ended = linegate(*arguments)
    assert ended.returncode in (2, 4)
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_file_that_is_there_is_not_replaced_unasked(linegate: Linegate, small: Path) -> None:
    (file,) = lines(linegate("upload", small, "--json").stdout)
    content = small.read_bytes()
    small.write_bytes(b"mine")
    assert linegate("get", file["id"]).returncode == 2
    assert small.read_bytes() == b"mine"
    assert linegate("get", file["id"], "--force").returncode == 0
    assert small.read_bytes() == content


def test_login_is_kept_for_the_owner_alone(linegate: Linegate, base_url: str, api_key: str) -> None:
    linegate.base_url = linegate.api_key = ""
    nobody = linegate("ls")
    assert (nobody.returncode, nobody.stderr.count("\n")) == (3, 1)
    assert "linegate login" in nobody.stderr
    wrong = linegate("login", "--base-url", base_url, stdin=b"lg_wrong\n")
    assert wrong.returncode == 3
    assert linegate("ls").returncode == 3
    assert linegate("login", "--base-url", base_url, stdin=api_key.encode()).returncode == 0
    assert linegate("ls").returncode == 0
    stored = linegate.home / "config" / "linegate" / "credentials.json"
    assert stored.stat().st_mode & 0o777 == 0o600
    linegate.api_key = "lg_wrong"
    assert linegate("ls").returncode == 3
    linegate.api_key = ""
    assert linegate("logout").returncode == 0
    assert linegate("ls").returncode == 3


def test_a_service_that_is_down_is_one_line(linegate: Linegate, small: Path) -> None:
    linegate.base_url = "http://127.0.0.1:9/v1"
    ended = linegate("upload", small)
    assert (ended.returncode, ended.stdout) == (5, "")
    assert ended.stderr.startswith("linegate: 127.0.0.1:9 cannot be reached")
    assert ended.stderr.count("\n") == 1
