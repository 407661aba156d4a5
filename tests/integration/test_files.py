"""The `/files` routes on moto: what a client sees, route by route."""

import json

import pytest

from lambdas.domain.limits import MIB, Limits
from tests.integration.service import Form, Service, recorded_calls


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


def test_create_answers_with_a_processed_file(service: Service) -> None:
    answer = service.create_file(requests(3), "Größe 🙂.jsonl")
    assert answer.status == 200
    file = answer.json
    assert file["id"].startswith("file-")
    assert len(file["id"]) == len("file-") + 26
    assert file == {
        "id": file["id"],
        "object": "file",
        "bytes": len(requests(3)),
        "created_at": file["created_at"],
        "expires_at": file["created_at"] + 7 * 86_400,
        "filename": "Größe 🙂.jsonl",
        "purpose": "batch",
        "status": "processed",
        "status_details": None,
        "line_count": 3,
    }
    assert service.get(f"/files/{file['id']}").json == file
