"""A script like those of the SDK's users, with and without the one line. As a process:

    python create_file.py MODE BASE_URL PATH [WAIT_S]

MODE is `plain`, `sync` or `async`; the key is in LINEGATE_API_KEY. It prints one JSON object: the
file, the seconds it took, and by how many bytes the process's peak memory rose meanwhile.
"""

import asyncio
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI, OpenAI

import linegate

STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Of this program alone: Linux counts what forked it into ru_maxrss, but not into VmHWM."""
    if STATUS.exists():
        (line,) = [line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def create(mode: str, base_url: str, path: Path, wait_s: float) -> Any:
    access: dict[str, Any] = {"base_url": base_url, "api_key": os.environ["LINEGATE_API_KEY"]}
    if mode == "sync":
        access["http_client"] = linegate.http_client(wait_s=wait_s)
    with OpenAI(**access, max_retries=0) as client, path.open("rb") as file:
        return client.files.create(file=file, purpose="batch")


async def create_async(base_url: str, path: Path, wait_s: float) -> Any:
    http = linegate.async_http_client(wait_s=wait_s)
    key = os.environ["LINEGATE_API_KEY"]
    async with AsyncOpenAI(base_url=base_url, api_key=key, http_client=http) as client:
        with path.open("rb") as file:
            return await client.files.create(file=file, purpose="batch")


def main(mode: str, base_url: str, path: str, wait: str = "60") -> None:
    before, began_at = peak_bytes(), time.perf_counter()
    if mode == "async":
        file = asyncio.run(create_async(base_url, Path(path), float(wait)))
    else:
        file = create(mode, base_url, Path(path), float(wait))
    took_s = time.perf_counter() - began_at
    found = {"file": file.model_dump(), "seconds": took_s, "peak_bytes": peak_bytes() - before}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
