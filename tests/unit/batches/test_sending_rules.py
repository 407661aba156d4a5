"""What follows an attempt: a line, another attempt, or a pause of everything."""

import pytest

from lambdas.domain.batch_results import Answer, Failure
from lambdas.domain.sending import (
    MOST_COST,
    Attempt,
    Verdict,
    cost,
    parse_retry_after,
    pause_s,
    return_s,
    verdict,
)


def said(status: int) -> Attempt:
    return Attempt(Answer(status, None, b"{}"))


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (said(200), Verdict.FINAL),
        (said(307), Verdict.FINAL),
        (said(400), Verdict.FINAL),
        (said(401), Verdict.FINAL),
        (said(409), Verdict.FINAL),
        (said(408), Verdict.AGAIN),
        (said(425), Verdict.AGAIN),
        (said(429), Verdict.BUSY),
        (said(500), Verdict.AGAIN),
        (said(502), Verdict.AGAIN),
        (said(503), Verdict.BUSY),
        (said(529), Verdict.BUSY),
        (Attempt(failure=Failure.REQUEST_TIMEOUT), Verdict.AGAIN),
        (Attempt(failure=Failure.INVALID_RESPONSE), Verdict.AGAIN),
        (Attempt(failure=Failure.RESPONSE_TOO_LARGE), Verdict.FINAL),
        (Attempt(failure=Failure.ENDPOINT_UNAVAILABLE), Verdict.AGAIN),
        (Attempt(failure=Failure.ENDPOINT_UNAVAILABLE, unreachable=True), Verdict.BUSY),
    ],
)
def test_verdicts(attempt: Attempt, expected: Verdict) -> None:
    assert verdict(attempt) is expected


def test_a_request_has_five_attempts_two_long_ones_or_a_hundred_at_a_busy_endpoint() -> None:
    assert MOST_COST // cost(said(500)) == 5
    assert MOST_COST // cost(Attempt(failure=Failure.REQUEST_TIMEOUT)) == 2
    assert MOST_COST // cost(said(429)) == 100


def test_pauses_double_up_to_a_minute_and_are_spread() -> None:
    assert [pause_s(failures, None, 1.0) for failures in range(1, 9)] == [
        1, 2, 4, 8, 16, 32, 60, 60,
    ]  # fmt: skip
    assert pause_s(1, None, 0.0) == 0.5


def test_a_pause_is_never_shorter_than_asked_for_nor_longer_than_a_quarter_of_an_hour() -> None:
    assert pause_s(1, 7.5, 0.0) == 7.5
    assert pause_s(7, 7.5, 1.0) == 60
    assert pause_s(1, 86_400, 0.0) == 900


def test_a_chunk_comes_again_later_each_time() -> None:
    assert [return_s(returns) for returns in range(7)] == [30, 60, 120, 240, 480, 900, 900]


@pytest.mark.parametrize(
    ("milliseconds", "seconds", "expected"),
    [
        (None, None, None),
        (None, "2", 2.0),
        ("1500", "2", 1.5),
        (None, "0", 0.0),
        (None, "Fri, 31 Dec 1999 23:59:59 GMT", None),
        (None, "-1", None),
        (None, "nan", None),
        (None, "inf", None),
    ],
)
def test_retry_after(milliseconds: str | None, seconds: str | None, expected: float | None) -> None:
    assert parse_retry_after(milliseconds, seconds) == expected
