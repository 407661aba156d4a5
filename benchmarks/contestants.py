"""The usual ways to check a batch file, beside ours. Each is timed in a process of its own.

All but `plain` give the same answer to the same questions about a valid file: UTF-8, strict JSON
(no NaN, no lone surrogates), the fields of each request, no custom_id twice, one model. The ones
that read a line at a time refuse a line above the limit; `pydantic` reads the file whole, as batch
servers do.
"""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, NoReturn

from linegate.jsonl.limits import DEFAULT_LIMITS

BUFFER_BYTES = 1 << 20
URLS = frozenset(DEFAULT_LIMITS.request_urls)

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
PAIRS = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


class Refused(ValueError):
    """The file is not valid. What is measured is valid, so that this never happens."""


def refuse(reason: str) -> NoReturn:
    raise Refused(reason)


def plain(path: Path) -> None:
    """Read the bytes and do nothing with them."""
    buffer = bytearray(BUFFER_BYTES)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass


def ours(path: Path) -> None:
    """The service's own check."""
    from linegate.jsonl import check

    with path.open("rb", buffering=0) as file:
        if not check(file).valid:
            refuse("invalid")


def ours_hashed(path: Path) -> None:
    """The same with the SHA-256, as the service calls it."""
    from linegate.jsonl import check

    with path.open("rb", buffering=0) as file:
        if not check(file, with_sha256=True).valid:
            refuse("invalid")


def strict_json(path: Path) -> None:
    """`json.loads` of each line."""
    check_requests(strict_json_of(line) for line in lines(path))


def strict_json_of(line: bytes) -> Any:
    text = line.decode()
    request = json.loads(text, parse_constant=refuse)
    if SURROGATE.search(text) and SURROGATE.search(PAIRS.sub("", text)):
        refuse("lone surrogate")
    return request


def bare_json(path: Path) -> None:
    """Only decode each line, by one decoder made once, and check nothing."""
    decode = json.JSONDecoder().decode
    for line in lines(path):
        decode(line.decode())


def with_orjson(path: Path) -> None:
    """`orjson.loads` of each line."""
    import orjson

    check_requests(map(orjson.loads, lines(path)))


def with_pydantic(path: Path) -> None:
    """A pydantic model of each line of the whole file, read as text."""
    from pydantic import BaseModel, StrictBool, StrictStr

    class Body(BaseModel, extra="allow"):
        model: StrictStr
        stream: StrictBool | None = None

    class Request(BaseModel, extra="allow"):
        custom_id: StrictStr
        method: Literal["POST"]
        url: Literal["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"]
        body: Body

    text = path.read_bytes().decode()
    requests = [Request.model_validate_json(line) for line in text.split("\n") if line.strip()]
    custom_ids = {request.custom_id for request in requests}
    models = {request.body.model for request in requests}
    if len(custom_ids) < len(requests) or len(models) > 1:
        refuse("duplicate custom_id or mixed models")
    if not all(custom_ids) or any(request.body.stream for request in requests):
        refuse("invalid value")


def lines(path: Path) -> Iterable[bytes]:
    """Lines that are not blank, none of them held beyond the limit."""
    most = DEFAULT_LIMITS.line_bytes + 2
    with path.open("rb", buffering=BUFFER_BYTES) as file:
        while line := file.readline(most):
            if len(line) == most and not line.endswith(b"\r\n"):
                refuse("line too long")
            if not line.isspace():
                yield line


def check_requests(requests: Iterable[Any]) -> None:
    """The contract's table, on requests that are decoded."""
    custom_ids: set[str] = set()
    first_model = None
    for request in requests:
        if not isinstance(request, dict):
            refuse("not an object")
        custom_id, body = request.get("custom_id"), request.get("body")
        if not isinstance(custom_id, str) or not custom_id or not isinstance(body, dict):
            refuse("custom_id or body")
        if request.get("method") != "POST" or request.get("url") not in URLS:
            refuse("method or url")
        model = body.get("model")
        if not isinstance(model, str) or not model or body.get("stream") is True:
            refuse("model or stream")
        first_model = first_model or model
        if model != first_model or custom_id in custom_ids:
            refuse("duplicate custom_id or mixed models")
        custom_ids.add(custom_id)


CONTESTANTS: dict[str, Callable[[Path], None]] = {
    "ours": ours,
    "ours, hashed": ours_hashed,
    "json": strict_json,
    "bare json": bare_json,
    "orjson": with_orjson,
    "pydantic": with_pydantic,
    "plain read": plain,
}
