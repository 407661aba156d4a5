"""Request lines to upload."""

import json


def request_line(custom_id: str, text: str = "Hello") -> bytes:
    """One valid line of a batch file, newline and all."""
    body = {"model": "llama-3.3-70b", "messages": [{"role": "user", "content": text}]}
    line = {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}
    return json.dumps(line).encode() + b"\n"


def batch(requests: int) -> bytes:
    """A valid batch file of that many requests."""
    return b"".join(request_line(f"request-{number}") for number in range(requests))


def batch_of(total_bytes: int, line_bytes: int = 1_024) -> bytes:
    """A valid batch file of exactly that many bytes, in lines of line_bytes but for the last."""
    text = "x" * (line_bytes - len(request_line("request-000000", "")))
    count = total_bytes // line_bytes - 1
    lines = [request_line(f"request-{number:06}", text) for number in range(count)]
    rest = total_bytes - count * line_bytes - len(request_line("last", ""))
    return b"".join([*lines, request_line("last", "x" * rest)])
