"""`GET /uploads`: the account's pending uploads, page after page, without URLs."""

import pytest

from tests.integration.service import Service
from tests.integration.uploads.client import complete, create, presigned


def test_an_account_without_uploads_lists_none(service: Service) -> None:
    assert service.get("/uploads").json == {
        "object": "list",
        "data": [],
        "first_id": "",
        "last_id": "",
        "has_more": False,
    }


def test_only_pending_uploads_are_listed_and_without_urls(service: Service) -> None:
    pending = create(service)
    cancelled, completed = create(service), presigned(service, b"x" * 10)
    service.request("POST", f"/uploads/{cancelled['id']}/cancel", b"", "application/json")
    assert complete(service, completed).status == 200
    (listed,) = service.get("/uploads").json["data"]
    assert listed == pending | {"multipart": None}
    assert listed["status"] == "pending"


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_cursor_walks_every_upload_once(service: Service, order: str) -> None:
    ids = sorted(create(service)["id"] for _ in range(5))
    seen: list[str] = []
    after = ""
    while True:
        page = service.get(f"/uploads?limit=2&order={order}{after}").json
        seen += [upload["id"] for upload in page["data"]]
        if not page["has_more"]:
            break
        after = f"&after={page['last_id']}"
    assert seen == (ids if order == "asc" else ids[::-1])


def test_the_cursor_is_an_uploads_id(service: Service) -> None:
    answer = service.get("/uploads?after=file-01JD0000000000000000000000")
    assert answer.status == 400
    assert "such as 'upload-01J…'" in answer.json["message"]
