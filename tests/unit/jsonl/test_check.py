"""The contract's table by example."""

import base64
import hashlib
import io
import subprocess
import sys

import pytest

from linegate.jsonl import CheckLimits, LineError, Report, check
from linegate.jsonl.limits import MIB
from tests.unit.jsonl.lines import request


def check_lines(*lines: bytes, limits: CheckLimits | None = None, kind: str = "batch") -> Report:
    body = io.BytesIO(b"".join(line + b"\n" for line in lines))
    return check(body, kind, limits or CheckLimits())


def only_error(report: Report) -> LineError:
    assert report.error_count == 1, report.errors
    assert not report.valid
    return report.errors[0]


def test_valid_file_is_counted() -> None:
    report = check_lines(request("a"), b" \t", request("b"), b"\r")
    assert report == Report(4, 2, 2 * len(request()) + 7, ("m",), 0, ())
    assert report.valid


@pytest.mark.parametrize("body", [b"", b"\n", b" \r\n\t\n "])
def test_file_without_a_request_is_empty(body: bytes) -> None:
    error = only_error(check(io.BytesIO(body)))
    assert (error.code, error.line, error.param) == ("empty_file", None, None)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b""])
@pytest.mark.parametrize(("extra_bytes", "valid"), [(-1, True), (0, True), (1, False), (2, False)])
def test_line_limit_counts_the_line_without_its_ending(
    ending: bytes, extra_bytes: int, valid: bool
) -> None:
    line = request().ljust(MIB + extra_bytes)
    report = check(io.BytesIO(line + ending))
    assert report.valid is valid
    if not valid:
        assert only_error(report).code == "line_too_long"


def test_checking_goes_on_after_a_line_that_is_too_long() -> None:
    report = check_lines(b"x" * (3 * MIB), request("a"), b"y" * (MIB + 1), b"1")
    assert [(error.code, error.line) for error in report.errors] == [
        ("line_too_long", 1),
        ("line_too_long", 3),
        ("invalid_json_line", 4),
    ]
    assert (report.lines, report.requests) == (4, 4)


@pytest.mark.parametrize("requests", [49_999, 50_000])
def test_requests_up_to_the_limit_are_valid(requests: int) -> None:
    report = check_lines(b"", *(request(str(number)) for number in range(requests)))
    assert report.valid
    assert report.requests == requests


def test_checking_stops_at_the_first_request_above_the_limit() -> None:
    lines = [b"", *(request(str(number)) for number in range(50_001)), b"not checked"]
    report = check_lines(*lines)
    error = only_error(report)
    assert (error.code, error.line) == ("too_many_tasks", 50_002)
    assert (report.lines, report.requests) == (50_002, 50_001)
    assert report.bytes == sum(len(line) + 1 for line in lines)


@pytest.mark.parametrize(("levels", "valid"), [(255, True), (256, True), (257, False)])
def test_depth_limit_is_exact(levels: int, valid: bool) -> None:
    inner = levels - 2
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        value = opening * inner + "0" + closing * inner
        report = check_lines(request(body=f'"deep":{value},'))
        assert report.valid is valid
        if not valid:
            error = only_error(report)
            assert error.code == "invalid_json_line"
            assert "256 levels" in error.message


@pytest.mark.parametrize(("depth", "valid"), [(0, False), (1, True), (512, True), (513, False)])
def test_depth_limit_is_one_that_parsers_can_hold(depth: int, valid: bool) -> None:
    if valid:
        line = b'{"a":' * depth + b"1" + b"}" * depth
        limits = CheckLimits(depth=depth)
        assert check_lines(line, kind="batch_output", limits=limits).valid
        assert not check_lines(b'{"b":' + line + b"}", kind="batch_output", limits=limits).valid
    else:
        with pytest.raises(ValueError, match="depth"):
            CheckLimits(depth=depth)


def test_brackets_inside_of_a_string_are_not_depth() -> None:
    assert check_lines(request(body=f'"text":"{"[{" * 1000}",')).valid
    error = only_error(check_lines(b'{"text":"' + b"[" * 1000))
    assert "never ends" in error.message


def test_depth_far_beyond_any_parser_is_an_error_and_no_crash() -> None:
    error = only_error(check_lines(b"[" * 900_000))
    assert (error.code, error.line) == ("invalid_json_line", 1)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_byte_order_mark_is_an_encoding_error_on_its_line_only(mark: bytes) -> None:
    report = check_lines(mark + request("a"), request("b"))
    error = only_error(report)
    assert (error.code, error.line) == ("invalid_encoding", 1)


def test_invalid_utf8_in_a_long_skipped_value_is_found() -> None:
    filling = "é" * 200_000
    line = request(body=f'"text":"{filling}",')
    assert check_lines(line).valid
    for place in (0, 32_767, 32_768, 199_999):
        at = line.index("é".encode()) + 2 * place
        cut = line[:at] + line[at + 1 :]
        assert only_error(check_lines(cut)).code == "invalid_encoding"


def test_every_error_of_a_line_is_named_in_the_order_of_the_table() -> None:
    report = check_lines(b'{"custom_id":"","method":"GET","url":3,"body":{"stream":true}}')
    assert [(error.code, error.param) for error in report.errors] == [
        ("invalid_value", "custom_id"),
        ("invalid_value", "method"),
        ("invalid_url", "url"),
        ("missing_required_parameter", "body.model"),
        ("streaming_unsupported", "body.stream"),
    ]
    assert {error.line for error in report.errors} == {1}


@pytest.mark.parametrize("custom_id", ["a", "a" * 64, "a" * 65, "é" * 1000])
def test_duplicate_names_the_first_line(custom_id: str) -> None:
    report = check_lines(request(custom_id), request("b"), b"", request(custom_id))
    error = only_error(report)
    assert (error.code, error.line, error.param) == ("duplicate_custom_id", 4, "custom_id")
    assert "line 1" in error.message


def test_custom_id_of_a_line_with_another_error_counts_as_used() -> None:
    wrong = request("a").replace(b"POST", b"PUT")
    report = check_lines(wrong, request("a"))
    assert [error.code for error in report.errors] == ["invalid_value", "duplicate_custom_id"]


def test_models_are_compared_with_the_first_one_seen() -> None:
    wrong_url = request("a").replace(b"/v1/", b"/v2/")
    other = request("b").replace(b'"m"', b'"other"')
    report = check_lines(b"{}", wrong_url, other, request("c"))
    error = report.errors[-1]
    assert (error.code, error.line, error.param) == ("mismatched_model", 3, "body.model")
    assert "line 2" in error.message
    assert report.models == ("m", "other")


def test_mixed_models_are_listed_up_to_twenty() -> None:
    lines = [request(str(n)).replace(b'"m"', b'"m%d"' % (n % 25)) for n in range(60)]
    report = check_lines(*lines, limits=CheckLimits(one_model_per_file=False))
    assert report.valid
    assert report.models == tuple(f"m{number}" for number in range(20))


@pytest.mark.parametrize("stream", ["false", "null", "1", '"true"', "[]"])
def test_only_stream_true_is_streaming(stream: str) -> None:
    assert check_lines(request(body=f'"stream":{stream},')).valid


def test_errors_are_kept_to_a_hundred_and_counted_to_the_last() -> None:
    report = check_lines(*[b"{}"] * 250)
    assert report.error_count == 1000
    assert len(report.errors) == 100
    assert report.errors[-1].line == 25


def test_messages_quote_little_and_nothing_that_a_terminal_acts_on() -> None:
    long = request("a").replace(b'"m"', b'"' + b"x" * 100_000 + b'"')
    hostile = request("\\u001b[31m\\u202e\\u007f")
    report = check_lines(request("q"), long, hostile, hostile)
    assert all(len(error.message) < 300 for error in report.errors)
    assert all(error.message.isprintable() for error in report.errors)


def test_results_are_objects_of_any_kind() -> None:
    assert check_lines(b"{}", b'{"id":1e999}', kind="batch_output").valid
    error = only_error(check_lines(b"{}", b"[]", kind="batch_output"))
    assert (error.code, error.line) == ("invalid_json_line", 2)
    assert only_error(check_lines(b"", kind="batch_output")).code == "empty_file"


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        check_lines(request(), kind="fine-tune")


def test_md5_is_that_of_the_whole_body_in_hex_or_base64() -> None:
    body = request() + b"\n" + b"x" * 5_000_000
    digest = hashlib.md5(body, usedforsecurity=False)
    limits = CheckLimits(requests=1)
    for given in (
        digest.hexdigest(),
        digest.hexdigest().upper(),
        base64.b64encode(digest.digest()),
    ):
        text = given if isinstance(given, str) else given.decode()
        report = check(io.BytesIO(body), limits=limits, md5=text)
        assert only_error(report).code == "too_many_tasks"
        assert report.bytes == len(body)


def test_md5_that_differs_is_the_first_error_even_when_all_places_are_taken() -> None:
    report = check(io.BytesIO(b"{}\n" * 100), md5="0" * 32)
    assert report.error_count == 401
    assert len(report.errors) == 100
    assert (report.errors[0].code, report.errors[0].line) == ("md5_mismatch", None)


@pytest.mark.parametrize("md5", ["", "0" * 31, "g" * 32, "0" * 24, "AAAA"])
def test_malformed_md5_is_refused(md5: str) -> None:
    with pytest.raises(ValueError, match="MD5"):
        check(io.BytesIO(b""), md5=md5)


def test_limits_are_read_without_a_parser() -> None:
    code = "import sys, linegate.jsonl.limits; print('msgspec' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert answer.stdout.strip() == "False"


def test_sha256_is_of_the_whole_body_also_where_checking_stops_early() -> None:
    content = (request() + b"\n") * 5 + b"\n" * 300_000
    report = check(io.BytesIO(content), limits=CheckLimits(requests=1), with_sha256=True)
    assert report.error_counts["too_many_tasks"] == 1
    assert report.sha256 == hashlib.sha256(content).hexdigest()


def test_sha256_is_computed_only_where_it_is_asked_for() -> None:
    assert check(io.BytesIO(request())).sha256 is None
