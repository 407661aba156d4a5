"""The smallest client of presigned uploads that is parallel and resumes. Also a process:

    python -m tests.contract.uploader BASE_URL PATH [UPLOAD_ID]

with the key in LINEGATE_API_KEY. It prints the upload's id, then the number of each part that S3
has taken, then the file's id, a line each, as they happen.
"""

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

PARALLEL_PUTS = 8
PART_TRIES = 3

Json = dict[str, Any]


class Uploader:
    """Uploads one local file. `taken` is told the number of each part that S3 has taken."""

    def __init__(
        self,
        api: httpx.Client,
        path: Path,
        taken: Callable[[int], None] = lambda _: None,
        parallel: int = PARALLEL_PUTS,
    ) -> None:
        self._api = api
        self._path = path
        self._taken = taken
        self._parallel = parallel

    def create(self) -> Json:
        return self._json(
            "POST",
            "/uploads",
            json={
                "filename": self._path.name,
                "purpose": "batch",
                "bytes": self._path.stat().st_size,
            },
        )

    def retrieve(self, upload_id: str) -> Json:
        return self._json("GET", f"/uploads/{upload_id}")

    def send_missing(self, upload: Json) -> None:
        """PUT the parts that the upload has URLs for, several at once."""
        multipart = upload["multipart"]
        with httpx.Client(timeout=60) as s3, ThreadPoolExecutor(self._parallel) as pool:
            for _ in pool.map(
                lambda part: self._send(s3, part, multipart["part_size"]), multipart["parts"]
            ):
                pass

    def complete(self, upload_id: str, **fields: Any) -> Json:
        return self._json("POST", f"/uploads/{upload_id}/complete", json=fields)

    def wait(self, file_id: str, timeout_s: float = 60) -> Json:
        """The file, once it is checked."""
        deadline = time.monotonic() + timeout_s
        while (file := self._json("GET", f"/files/{file_id}"))["status"] == "uploaded":
            assert time.monotonic() < deadline, "the file was not checked in time"
            time.sleep(0.1)
        return file

    def _send(self, s3: httpx.Client, part: Json, part_bytes: int) -> None:
        with self._path.open("rb") as file:
            file.seek((part["part_number"] - 1) * part_bytes)
            content = file.read(part["bytes"])
        for tried in range(1, PART_TRIES + 1):
            try:
                s3.put(part["url"], content=content).raise_for_status()
                break
            except httpx.HTTPError:
                if tried == PART_TRIES:
                    raise
        self._taken(part["part_number"])

    def _json(self, method: str, url: str, **options: Any) -> Json:
        answer = self._api.request(method, url, **options)
        assert answer.status_code == 200, answer.text
        body: Json = answer.json()
        return body


def main(base_url: str, path: str, upload_id: str | None = None) -> None:
    headers = {"Authorization": f"Bearer {os.environ['LINEGATE_API_KEY']}"}
    with httpx.Client(base_url=base_url, headers=headers, timeout=30) as api:
        uploader = Uploader(api, Path(path), taken=_say, parallel=1)
        upload = uploader.retrieve(upload_id) if upload_id else uploader.create()
        _say(upload["id"])
        uploader.send_missing(upload)
        _say(uploader.complete(upload["id"])["file"]["id"])


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
