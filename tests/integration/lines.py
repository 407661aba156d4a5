"""Small batch files to send."""

import json


def request_line(number: int, **body: object) -> bytes:
    request = {
        "custom_id": f"request-{number}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "llama-4", "messages": [{"role": "user", "content": "hé"}], **body},
    }
    return json.dumps(request, ensure_ascii=False).encode() + b"\n"


def requests(count: int) -> bytes:
    return b"".join(request_line(number) for number in range(count))


def padded_to(size: int) -> bytes:
    """A valid file of exactly `size` bytes, in lines of at most half a MiB."""
    content, number = b"", 0
    while (rest := size - len(content)) > 0:
        bare = request_line(number, pad="")
        room = min(rest, 1 << 19)
        if 0 < rest - room < 2 * len(bare):
            room = rest // 2
        content += request_line(number, pad="x" * (room - len(bare)))
        number += 1
    return content
