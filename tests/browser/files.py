"""Files of an account, made through the API by a client that is no browser."""

import json
from pathlib import Path

import httpx

from tests.contract.lines import batch, batch_of, request_line

MIB = 1 << 20
INVALID = (
    request_line("1")
    + b"{not json\n"
    + request_line("1")
    + json.dumps({"custom_id": "4", "method": "GET", "url": "/v1/none", "body": {}}).encode()
    + b"\n"
)
"""Three lines with errors: one syntax error, one repeated id, three errors on the last one."""

INVALID_ERRORS = 5


def store(http: httpx.Client, name: str, content: bytes | None = None) -> str:
    """A stored file's id."""
    files = {"file": (name, content or batch(2))}
    answer = http.post("/files", data={"purpose": "batch"}, files=files)
    answer.raise_for_status()
    return str(answer.json()["id"])


def begin(http: httpx.Client, name: str, size: int) -> dict[str, object]:
    """A pending upload."""
    asked = {"filename": name, "purpose": "batch", "bytes": size}
    begun: dict[str, object] = http.post("/uploads", json=asked).raise_for_status().json()
    return begun


def store_invalid(http: httpx.Client, name: str, content: bytes = INVALID) -> str:
    """The id of a stored file whose lines are not valid: in parts, nothing refuses it at once."""
    begun = http.post(
        "/uploads", json={"filename": name, "purpose": "batch", "bytes": len(content)}
    ).json()
    (part,) = begun["multipart"]["parts"]
    httpx.put(part["url"], content=content).raise_for_status()
    done = http.post(f"/uploads/{begun['id']}/complete", json={}).raise_for_status()
    return str(done.json()["file"]["id"])


def ids(http: httpx.Client) -> list[str]:
    """All of the account's files, newest first."""
    found: list[str] = []
    query: dict[str, str | int] = {"limit": 100, "order": "desc"}
    while True:
        page = http.get("/files", params=query).json()
        found += [file["id"] for file in page["data"]]
        if not page["has_more"]:
            return found
        query["after"] = page["last_id"]


def write(folder: Path, name: str, content: bytes | None = None) -> Path:
    path = folder / name
    path.write_bytes(content if content is not None else batch(3))
    return path


def write_large(folder: Path, name: str, mebibytes: int) -> Path:
    """A valid file of exactly that size."""
    return write(folder, name, batch_of(mebibytes * MIB, 16 * 1_024))
