"""A batch beside the same requests sent by a plain asyncio script with the same parallelism.

    python -m benchmarks.batches [--requests 50000] [--delay 0.25]

Asks the local stack (make up) with the stock openai client, from the upload of the input to the
last byte of the output. The script sends the same bodies to the same model server, over as many
connections as all workers together have, and writes the answers to a file. The model server answers
after `delay` seconds, as a model does. Exits with 1 if an answer is missing or the batch's rate is
below GOAL of the script's. Client, emulator, workers and model server share this machine's cores.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from openai import OpenAI

from benchmarks.local_account import account_key
from infra.config import Config
from local import stack as local_stack
from local.emulator import aws_environment
from local.model_endpoint import KEY
from local.stack import Stack

GOAL = 0.8
URL: Final = "/v1/chat/completions"
TIMEOUT_S = 120
POLL_S = 1.0

HEAD = (
    f"POST {URL} HTTP/1.1\r\nHost: {{host}}\r\nAuthorization: Bearer {{key}}\r\n"
    "Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
)


def main() -> None:
    parser = argparse.ArgumentParser(description="A batch beside a plain asyncio script.")
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--delay", type=float, default=0.25, help="of each answer, in seconds")
    options = parser.parse_args()
    stack = local_stack.last()
    if stack is None or not stack.running:
        raise SystemExit("no local stack is running: make up")
    os.environ.update(aws_environment(stack.port) | {"LINEGATE_KEYS_TABLE": stack.keys_table})
    config = Config()
    parallelism = config.batch_workers * config.batch_parallelism
    lines = [request_line(number) for number in range(options.requests)]
    with httpx.Client(base_url=stack.model_url, timeout=TIMEOUT_S) as model:
        model.put("/faults", json={"delay_s": options.delay}).raise_for_status()
        try:
            script_s = asyncio.run(send_all(stack, lines, parallelism))
            report(f"asyncio script, {parallelism} in parallel", options.requests, script_s)
            batch_s = run_batch(stack, lines)
            report("batch, from upload to output", options.requests, batch_s)
            under_way = model.get("/stats").json()["most_under_way"]
        finally:
            model.delete("/faults")
    ratio = script_s / batch_s
    print(f"{ratio:.2f} of the script's rate; at most {under_way} requests in parallel")
    if ratio < GOAL:
        raise SystemExit(1)


def report(what: str, requests: int, seconds: float) -> None:
    print(f"{what}: {requests} requests in {seconds:.1f} s, {requests / seconds:.0f} a second")


def request_line(number: int) -> bytes:
    messages = [{"role": "user", "content": f"Say something about the number {number}."}]
    body = {"model": "reference", "messages": messages}
    request = {"custom_id": f"{number}", "method": "POST", "url": URL, "body": body}
    return json.dumps(request).encode() + b"\n"


async def send_all(stack: Stack, lines: list[bytes], parallelism: int) -> float:
    """Seconds until every request is answered and its answer written."""
    bodies = iter([json.dumps(json.loads(line)["body"]).encode() for line in lines])
    address = urlsplit(stack.model_url)
    began = time.perf_counter()
    with tempfile.TemporaryFile() as output:

        async def send_some() -> None:
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            for body in bodies:
                head = HEAD.format(host=address.netloc, key=KEY, size=len(body))
                writer.write(head.encode() + body)
                answered = await reader.readuntil(b"\r\n\r\n")
                assert answered.startswith(b"HTTP/1.1 200"), answered
                size = int(answered.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                output.write(await reader.readexactly(size) + b"\n")
            writer.close()

        await asyncio.gather(*(send_some() for _ in range(parallelism)))
    return time.perf_counter() - began


def run_batch(stack: Stack, lines: list[bytes]) -> float:
    """Seconds from the upload of the input to the last byte of the output."""
    client = OpenAI(base_url=stack.base_url, api_key=account_key("benchmark"), max_retries=5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.jsonl"
        path.write_bytes(b"".join(lines))
        began = time.perf_counter()
        file_id = upload(client, path)
        batch = client.batches.create(input_file_id=file_id, endpoint=URL, completion_window="24h")
        while batch.status not in ("completed", "failed", "expired", "cancelled"):
            time.sleep(POLL_S)
            batch = client.batches.retrieve(batch.id)
        assert batch.status == "completed", batch
        assert batch.output_file_id is not None, batch
        content = client.files.content(batch.output_file_id).read()
        took = time.perf_counter() - began
    answered = [json.loads(line)["custom_id"] for line in content.splitlines()]
    assert answered == [str(number) for number in range(len(lines))], "an answer is missing"
    return took


def upload(client: OpenAI, path: Path) -> str:
    """The stock client's chunked upload, with the part size that the service takes."""
    uploaded: Any = client.uploads.upload_file_chunked(
        file=path, mime_type="application/jsonl", purpose="batch", part_size=4 << 20
    )
    assert uploaded.file is not None
    return str(uploaded.file.id)


if __name__ == "__main__":
    main()
