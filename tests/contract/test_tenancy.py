"""Two accounts on the deployed stack: one's files are to the other as if they had never been."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from lambdas.domain.routes import ROUTES
from tests.contract.conftest import NewKey
from tests.contract.lines import batch

MISSING = "01JZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture
def stranger(base_url: str, new_key: NewKey) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {new_key()}"}
    with httpx.Client(base_url=base_url, headers=headers, timeout=30) as plain:
        yield plain


def sent(http: httpx.Client, method: str, path: str, ulid: str) -> tuple[int, str]:
    """The answer's status and body, for the file or upload of this ULID."""
    url = path.format(file_id=f"file-{ulid}", upload_id=f"upload-{ulid}")
    if path.endswith("/parts"):
        answer = http.post(url, files={"data": ("part", b"x")})
    elif path.endswith("/complete"):
        answer = http.post(url, json={})
    else:
        answer = http.request(method, url)
    return answer.status_code, answer.text


def test_every_id_of_anothers_answers_as_a_missing_one(
    http: httpx.Client, stranger: httpx.Client
) -> None:
    file = http.post("/files", data={"purpose": "batch"}, files={"file": ("a.jsonl", batch(1))})
    upload = http.post("/uploads", json={"filename": "a.jsonl", "purpose": "batch", "bytes": 1_000})
    ulids = [answer.json()["id"].partition("-")[2] for answer in (file, upload)]
    for route in ROUTES:
        if "{" in route.path:
            missing = sent(stranger, route.method, route.path, MISSING)
            assert missing[0] == 404
            for ulid in ulids:
                assert sent(stranger, route.method, route.path, ulid) == missing, route
    assert stranger.get("/files").json()["data"] == []
    assert http.get(f"/files/{file.json()['id']}").json() == file.json()
    assert http.get(f"/uploads/{upload.json()['id']}").json()["status"] == "pending"


def test_an_idempotency_key_is_each_accounts_own(
    http: httpx.Client, stranger: httpx.Client
) -> None:
    key = {"Idempotency-Key": uuid.uuid4().hex}
    form = {"file": ("a.jsonl", batch(1))}
    own, again, other = (
        client.post("/files", files=form, data={"purpose": "batch"}, headers=key).json()["id"]
        for client in (http, http, stranger)
    )
    assert own == again != other
