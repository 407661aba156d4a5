"""The lines of results: what the endpoint said, as it said it, or why it said nothing."""

import json

import pytest

from lambdas.domain.batch import TokenUsage
from lambdas.domain.batch_results import (
    Answer,
    Failure,
    answer_result,
    failure_result,
    json_object,
    refusal_object,
    usage_of,
)

DEPTH = 254


def test_an_answer_becomes_a_line_of_the_output() -> None:
    result = answer_result("batch_req-1", b'"a"', Answer(200, "req-1", b'{"n": 1.0}'))
    assert not result.is_error
    assert b'"body": {"n": 1.0}' in result.line
    assert json.loads(result.line) == {
        "id": "batch_req-1",
        "custom_id": "a",
        "response": {"status_code": 200, "request_id": "req-1", "body": {"n": 1}},
        "error": None,
    }


def test_a_refusal_becomes_an_error_line_with_its_body() -> None:
    result = answer_result("batch_req-1", b'"a"', Answer(400, None, b'{"error": {}}'))
    assert result.is_error
    line = json.loads(result.line)
    assert line["response"] == {
        "status_code": 400,
        "request_id": "batch_req-1",
        "body": {"error": {}},
    }
    assert line["error"] is None


@pytest.mark.parametrize("failure", Failure)
def test_without_an_answer_a_line_says_why(failure: Failure) -> None:
    result = failure_result("batch_req-1", b'"a"', failure)
    line = json.loads(result.line)
    assert result.is_error
    assert (line["response"], line["error"]["code"]) == (None, failure.value)
    assert line["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[1]",
        b"1",
        b'{"n": NaN}',
        b'{"n": 1} {}',
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b"[" * 300 + b"]" * 300,
        b'{"n":' * 255 + b"1" + b"}" * 255,
    ],
)
def test_what_no_file_of_results_may_hold_is_no_answer(body: bytes) -> None:
    assert json_object(body, DEPTH) is None


def test_an_answer_on_several_lines_is_put_on_one() -> None:
    body = json_object(b'{\r\n  "text": "a\\nb"\n}\n', DEPTH)
    assert body is not None
    assert b"\n" not in body
    assert json.loads(body) == {"text": "a\nb"}


def test_a_refusal_that_is_no_json_is_quoted_as_clients_read_errors() -> None:
    refusal = json.loads(refusal_object(b"<h1>Bad \xff Gateway</h1>" + b"x" * 2_000))
    assert refusal["error"]["message"].startswith("<h1>Bad � Gateway</h1>x")
    assert len(refusal["error"]["message"]) == 1_000


def test_tokens_are_read_by_the_names_of_every_url() -> None:
    chat = {
        "prompt_tokens": 3,
        "completion_tokens": 5,
        "total_tokens": 8,
        "prompt_tokens_details": {"cached_tokens": 2},
        "completion_tokens_details": {"reasoning_tokens": 1},
    }
    responses = {
        "input_tokens": 3,
        "output_tokens": 5,
        "total_tokens": 8,
        "input_tokens_details": {"cached_tokens": 2},
        "output_tokens_details": {"reasoning_tokens": 1},
    }
    for usage in (chat, responses):
        assert usage_of(json.dumps({"usage": usage}).encode()) == TokenUsage(3, 5, 8, 2, 1)


@pytest.mark.parametrize(
    "usage",
    [None, 3, [], {}, {"prompt_tokens": "3"}, {"prompt_tokens": -1}, {"total_tokens": True}],
)
def test_a_usage_that_makes_no_sense_counts_nothing(usage: object) -> None:
    assert usage_of(json.dumps({"usage": usage}).encode()) == TokenUsage()
