"""docs/errors.md: every error code, with its cause and its remedy. Pure."""

from collections.abc import Iterator

from infra.gateway_responses import gateway_errors
from lambdas.domain import document, errors
from lambdas.domain.limits import Limits
from linegate.jsonl.codes import LINE_CODES
from linegate.jsonl.file_rules import FILE_RULES

LINES = "codes of lines"

GATEWAY_ONLY = {
    "rate_limit_exceeded": (
        "More requests arrive than the deployment or the account may send "
        "(`throttle_rate`, `route_throttles`, `account_rate`).",
        "Wait for `Retry-After` seconds; the SDKs do so. Send files in fewer, larger requests.",
    ),
    "request_blocked": (
        "The deployment's firewall refused the request: the address sent too many requests, has a "
        "bad reputation, or the request looks like a known attack.",
        "Send requests more slowly, or ask the operator, with the time and your address.",
    ),
}
"""Codes that no function answers. With an empty answer of a function the gateway answers as it."""

GATEWAY_504 = (
    "API Gateway got no answer from the function in time.",
    "Repeat the request; the SDKs do so. An upload in parts resumes where it was.",
)

HEAD = """\
# Errors

Every error answer is JSON and has the same fields twice, because OpenAI's clients read the nested ones and
Cerebras' client the flat ones:

```json
{{
  "error": {{"message": "…", "type": "invalid_request_error", "param": "purpose", "code": "invalid_value"}},
  "message": "…", "type": "invalid_request_error", "param": "purpose", "code": "invalid_value"
}}
```

Match `code`, never `message`. Every answer has an `x-request-id` header, which the functions' logs carry, too.
The SDKs repeat 408, 409, 429 and 5xx by themselves, so a permanent failure never has one of these statuses.

Above 10 MB, API Gateway answers 413 in plain text (`HTTP content length exceeded 10485760 bytes.`) before the service
sees the request. Upload such files in parts.

## Codes of answers

| status | code | cause | remedy |
|---|---|---|---|
{answers}

## {lines}

A file whose lines break rules is answered with 400 by `POST /files`, and `code` is that of its first error.
`GET /files/{{id}}/validation` lists the errors of a file that was uploaded in parts. `linegate check FILE` finds them
without uploading. `line` counts from 1; errors of the whole file have none.

| code | cause | remedy |
|---|---|---|
{line_rows}

## Routes and their errors

`internal_error` (500, 503, 504) and `rate_limit_exceeded` (429) are possible on every route, and `invalid_api_key`
on every one that needs a key.

| route | codes |
|---|---|
{route_rows}
"""


def page() -> str:
    return HEAD.format(
        answers="\n".join(_answer_rows()),
        lines="Codes of lines",
        line_rows="\n".join(_line_rows()),
        route_rows="\n".join(_route_rows()),
    )


def answer_errors() -> list[type[errors.ApiError]]:
    """Every error that the functions raise, by status: those that say when and what to do."""
    found = [cls for cls in _subclasses(errors.ApiError) if "cause" in vars(cls)]
    return sorted(found, key=lambda cls: cls.status)


def code_of(error: type[errors.ApiError]) -> str:
    return getattr(error, "code", f"the first of the [{LINES}](#{LINES.replace(' ', '-')})")


def _subclasses(cls: type[errors.ApiError]) -> Iterator[type[errors.ApiError]]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)


def _answer_rows() -> Iterator[str]:
    rows = [(e.status, _quote(code_of(e)), e.cause, e.remedy) for e in answer_errors()]
    known = {code_of(e) for e in answer_errors()}
    for error in gateway_errors(Limits()).values():
        if error.code not in known:
            known.add(error.code)
            rows.append((error.status or 0, _quote(error.code), *GATEWAY_ONLY[error.code]))
    rows.append((504, "`internal_error`", *GATEWAY_504))
    for row in sorted(rows, key=lambda row: row[0]):
        yield "| " + " | ".join(map(str, row)) + " |"


def _quote(code: str) -> str:
    return code if " " in code else f"`{code}`"


def _line_rows() -> Iterator[str]:
    for code, (cause, remedy) in LINE_CODES.items():
        yield f"| `{code}` | {cause} | {remedy} |"
    for rule in FILE_RULES:
        yield f"| `{rule.code}` | {rule.cause} | {rule.remedy} |"


def _route_rows() -> Iterator[str]:
    for route in document.ROUTES:
        codes = dict.fromkeys(_quote(code_of(error)) for error in route.raises)
        if codes:
            yield f"| `{route.method} {route.path}` | {', '.join(codes)} |"
