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


def batch_of(total_bytes: int) -> bytes:
    """A valid batch file of exactly that many bytes, in requests of about 1,000 bytes."""
    content = b"".join(
        request_line(f"request-{number:06}", "x" * 800) for number in range(total_bytes // 1_024)
    )
    assert len(content) < total_bytes
    bare = len(request_line("last", ""))
    return content + request_line("last", "x" * (total_bytes - len(content) - bare))
