"""The lines of a batch's results, from what the model endpoint answered. Pure.

A body passes through as it came, but for line ends between its tokens, which become spaces: inside
a JSON string none can stand.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from lambdas.domain.batch import TokenUsage
from linegate.jsonl.strict import is_plain_utf8, is_shallow

QUOTED_CHARS = 1_000
"""Of a refusal that is no JSON."""


class Failure(StrEnum):
    """Why a request has no answer: the `code` of its error line."""

    REQUEST_TIMEOUT = "request_timeout"
    ENDPOINT_UNAVAILABLE = "endpoint_unavailable"
    INVALID_RESPONSE = "invalid_response"
    RESPONSE_TOO_LARGE = "response_too_large"
    BATCH_EXPIRED = "batch_expired"
    BATCH_CANCELLED = "batch_cancelled"


MESSAGES = {
    Failure.REQUEST_TIMEOUT: "The model endpoint did not answer in time.",
    Failure.ENDPOINT_UNAVAILABLE: "The model endpoint could not be reached, or broke off.",
    Failure.INVALID_RESPONSE: "The model endpoint's answer is not a JSON object.",
    Failure.RESPONSE_TOO_LARGE: "The model endpoint's answer is longer than a result may be.",
    Failure.BATCH_EXPIRED: "The completion window ended before this request was answered.",
    Failure.BATCH_CANCELLED: "The batch was cancelled before this request was answered.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model endpoint answered; `body` is JSON on one line."""

    status: int
    request_id: str | None
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Result:
    """One request's line, without its end, and the file it belongs to."""

    line: bytes
    is_error: bool
    usage: TokenUsage = field(default_factory=TokenUsage)


class _Anything(msgspec.Struct, gc=False):
    usage: Any = None


_decode_answer = msgspec.json.Decoder(_Anything).decode


def json_object(body: bytes, depth: int) -> bytes | None:
    """`body` on one line if it is a strict JSON object, as files of results hold; None if not."""
    if not is_plain_utf8(body) or not is_shallow(body, depth):
        return None
    try:
        _decode_answer(body)
    except msgspec.DecodeError:
        return None
    return body.replace(b"\r", b" ").replace(b"\n", b" ").strip()


def refusal_object(body: bytes) -> bytes:
    """An error object that quotes a refusal which is not JSON, in the shape that clients read."""
    message = body.decode(errors="replace")[:QUOTED_CHARS]
    return _json({"error": {"message": message, "type": None, "param": None, "code": None}})


def answer_result(request_id: str, custom_id: bytes, answer: Answer) -> Result:
    """The line of a request that was answered, with success or a refusal."""
    response_id = _json(answer.request_id or request_id)
    line = b'{"id": %b, "custom_id": %b, "response": {"status_code": %d, "request_id": %b, ' % (
        _json(request_id),
        custom_id,
        answer.status,
        response_id,
    )
    usage = usage_of(answer.body) if answer.is_success else TokenUsage()
    line += b'"body": %b}, "error": null}' % answer.body
    return Result(line, not answer.is_success, usage)


def failure_result(request_id: str, custom_id: bytes, failure: Failure) -> Result:
    """The line of a request that never got an answer."""
    error = _json({"code": failure.value, "message": MESSAGES[failure]})
    line = b'{"id": %b, "custom_id": %b, "response": null, "error": %b}'
    return Result(line % (_json(request_id), custom_id, error), is_error=True)


def usage_of(body: bytes) -> TokenUsage:
    """The tokens that an answer reports, by the names of any of the request URLs."""
    usage = _decode_answer(body).usage
    if not isinstance(usage, dict):
        return TokenUsage()
    sent = _count(usage, "input_tokens") or _count(usage, "prompt_tokens")
    made = _count(usage, "output_tokens") or _count(usage, "completion_tokens")
    return TokenUsage(
        input_tokens=sent,
        output_tokens=made,
        total_tokens=_count(usage, "total_tokens") or sent + made,
        cached_tokens=_detail(
            usage, "cached_tokens", "input_tokens_details", "prompt_tokens_details"
        ),
        reasoning_tokens=_detail(
            usage, "reasoning_tokens", "output_tokens_details", "completion_tokens_details"
        ),
    )


def _detail(usage: dict[str, Any], name: str, *places: str) -> int:
    return next((_count(usage[p], name) for p in places if isinstance(usage.get(p), dict)), 0)


MOST_TOKENS = 10**12
"""Of one answer: what is beyond is no count."""


def _count(counts: dict[str, Any], name: str) -> int:
    value = counts.get(name)
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else 0


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="replace")
