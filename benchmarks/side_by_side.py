"""Linegate beside what a team would run instead: the same files, the same stock client.

    for name in ogx==1.5.0 aibrix==0.8.0 'litellm[proxy]==1.106.12'; do
      folder=FOLDER/${name%%[=[]*}; uv venv $folder --python 3.12
      uv pip install --python $folder/bin/python "$name"; done
    make up
    python -m benchmarks.side_by_side FOLDER [--port 4550] [--runs 3] [--json]

Each rival runs from an environment of its own, on 127.0.0.1, PORT and the ports behind it, and
ends with this program; AIBrix needs `redis-server`. LiteLLM keeps no file itself: it passes them
on to a provider, here one that reads and forgets them. Linegate is the local stack, emulator
included, asked by the stock client and, beyond 4 MiB, with the one line that client/ adds.

Measured for each file: seconds until the client has it back and the file may be used, which for
Linegate is after every line was checked; CPU seconds of the server's processes; how far their
memory rose at its highest, for Linegate without the emulator, which keeps the bytes as S3 would;
and what became of a file with a bad line.
"""

import argparse
import json
import os
import random
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from benchmarks.processes import Processes
from benchmarks.transfers import write_valid_file
from local import stack as local_stack
from local.layout import ROOT
from local.stack import Stack

CREATE_FILE = ROOT / "tests" / "contract" / "client" / "create_file.py"
MB = 1_000_000
SIZES = {"1 MB": MB, "20 MB": 20 * MB, "100 MB": 100 * MB, "200 MB": 200 * MB}
BAD_BYTES = 3 * MB
START_S = 240
DIRECT_BYTES = 4 << 20


@dataclass(frozen=True)
class Server:
    """`mode` is create_file.py's for a file of that many bytes."""

    name: str
    base_url: str
    key: str
    pid: int
    started_s: float
    mode: Callable[[int], str] = lambda _: "plain"
    remembers: bool = True
    """Whether the memory of the first of its processes counts."""


@dataclass(frozen=True)
class Sent:
    """One file: what the client saw and what it took of the server."""

    seconds: float
    cpu_s: float
    rose_mb: float
    outcome: str


class Provider(BaseHTTPRequestHandler):
    """Takes a file, forgets it, and answers as OpenAI does."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        file = {
            "id": "file-1",
            "object": "file",
            "bytes": 1,
            "created_at": 1,
            "filename": "a.jsonl",
            "purpose": "batch",
            "status": "processed",
        }
        body = json.dumps(file).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def provider(port: int) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", port), Provider) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@contextmanager
def running(
    command: list[str], room: Path, ready: str, **environment: str
) -> Iterator[tuple[int, float]]:
    """Start a server and wait until `ready` answers: its process id, and the seconds it took."""
    env = {"PATH": os.environ["PATH"], "HOME": str(room), **environment}
    began = time.monotonic()
    with (room / "output").open("wb") as output:
        server = subprocess.Popen(command, cwd=room, env=env, stdout=output, stderr=output)
        try:
            while not answers(ready):
                if server.poll() is not None or time.monotonic() - began > START_S:
                    told = (room / "output").read_text()[-2_000:]
                    raise SystemExit(f"{command[0]} does not answer at {ready}: {told}")
                time.sleep(0.1)
            yield server.pid, time.monotonic() - began
        finally:
            server.terminate()
            server.wait(30)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code < 500
    except httpx.HTTPError:
        return False


@contextmanager
def ogx(environments: Path, room: Path, port: int) -> Iterator[Server]:
    base = f"http://127.0.0.1:{port}/v1"
    (room / "config.yaml").write_text(json.dumps(ogx_config(room, port)))  # JSON is YAML
    command = [str(environments / "ogx" / "bin" / "ogx"), "run", str(room / "config.yaml")]
    command.append("--insecure")
    with running(command, room, f"{base}/files", OGX_HOME=str(room)) as (pid, took):
        yield Server("OGX", base, "none", pid, took)


def ogx_config(room: Path, port: int) -> dict[str, Any]:
    """What `ogx run --providers files=inline::localfs` writes for itself, but on loopback."""
    tables = {
        "inference": {"table_name": "inference_store"},
        "conversations": {"table_name": "openai_conversations"},
        "prompts": {"table_name": "prompts"},
        "connectors": {"table_name": "connectors"},
        "vector_stores": {"table_name": "vector_store_metadata"},
    }
    stores: dict[str, Any] = {name: {**one, "backend": "sql"} for name, one in tables.items()}
    files = {
        "storage_dir": str(room / "files"),
        "metadata_store": {"table_name": "files_metadata", "backend": "sql"},
    }
    return {
        "version": 2,
        "distro_name": "files-only",
        "apis": ["files"],
        "providers": {
            "files": [
                {"provider_id": "localfs", "provider_type": "inline::localfs", "config": files}
            ]
        },
        "storage": {
            "backends": {
                "kv": {"type": "kv_sqlite", "db_path": str(room / "kv.db")},
                "sql": {"type": "sql_sqlite", "db_path": str(room / "sql.db")},
            },
            "stores": {"metadata": {"namespace": "registry", "backend": "kv"}, **stores},
        },
        "server": {"host": "127.0.0.1", "port": port},
    }


@contextmanager
def aibrix(environments: Path, room: Path, port: int) -> Iterator[Server]:
    base, redis = f"http://127.0.0.1:{port}/v1", str(port + 1)
    store = ["redis-server", "--bind", "127.0.0.1", "--port", redis, "--save", ""]
    command = [str(environments / "aibrix" / "bin" / "aibrix_metadata"), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--dry-run"]
    settings = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": redis, "STORAGE_TYPE": "local"}
    with subprocess.Popen(store, cwd=room, stdout=subprocess.DEVNULL) as held:
        try:
            with running(command, room, f"{base}/files", **settings) as (pid, took):
                yield Server("AIBrix", base, "none", pid, took)
        finally:
            held.terminate()


@contextmanager
def litellm(environments: Path, room: Path, port: int) -> Iterator[Server]:
    passed_on = f"http://127.0.0.1:{port + 1}/v1"
    settings = {
        "files_settings": [{"custom_llm_provider": "openai", "api_base": passed_on, "api_key": "-"}]
    }
    (room / "config.yaml").write_text(json.dumps(settings))  # JSON is YAML
    command = [str(environments / "litellm" / "bin" / "litellm"), "--host", "127.0.0.1"]
    command += ["--port", str(port), "--config", str(room / "config.yaml")]
    base, key = f"http://127.0.0.1:{port}", f"sk-{secrets.token_hex(24)}"
    given = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": key}
    with (
        provider(port + 1),
        running(command, room, f"{base}/health/liveliness", **given) as (pid, took),
    ):
        yield Server("LiteLLM", base + "/v1", key, pid, took)


def linegate(stack: Stack) -> Server:
    assert stack.pid is not None
    return Server(
        "Linegate, local stack",
        stack.base_url,
        stack.api_key,
        stack.pid,
        0,
        lambda size: "plain" if size <= DIRECT_BYTES else "sync",
        remembers=False,
    )


def send(server: Server, path: Path) -> Sent:
    """Create the file by a process of its own, then delete it."""
    env = {
        **os.environ,
        "LINEGATE_API_KEY": server.key,
        "PYTHONPATH": str(ROOT / "client" / "src"),
    }
    mode = server.mode(path.stat().st_size)
    command = [sys.executable, str(CREATE_FILE), mode, server.base_url, str(path), "600"]
    processes = Processes(server.pid, server.remembers)
    with processes.watched() as spent:
        ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if ran.returncode:
        error = ran.stderr.strip().splitlines()[-1]
        return Sent(0, spent.cpu_s, spent.rose_mb, f"refused: {error[:160]}")
    told: dict[str, Any] = json.loads(ran.stdout)
    headers = {"Authorization": f"Bearer {server.key}"}
    httpx.delete(f"{server.base_url}/files/{told['file']['id']}", headers=headers, timeout=60)
    return Sent(told["seconds"], spent.cpu_s, spent.rose_mb, told["file"]["status"])


def make_files(room: Path) -> dict[str, Path]:
    """Valid files of each size, and one whose middle line is cut short."""
    files = {name: write_valid_file(room / f"{size}.jsonl", size) for name, size in SIZES.items()}
    lines = write_valid_file(room / "good.jsonl", BAD_BYTES).read_bytes().splitlines(keepends=True)
    lines[len(lines) // 2] = lines[len(lines) // 2][:-20] + b"\n"
    files["a bad line"] = room / "bad.jsonl"
    files["a bad line"].write_bytes(b"".join(lines))
    twice = write_valid_file(room / "twice.jsonl", BAD_BYTES).read_bytes().splitlines(keepends=True)
    files["a custom_id twice"] = room / "twice.jsonl"
    files["a custom_id twice"].write_bytes(b"".join([*twice, twice[0]]))
    return files


def measure(servers: list[Server], files: Mapping[str, Path], runs: int) -> list[dict[str, Any]]:
    taken: dict[tuple[str, str], list[Sent]] = {}
    for server in servers:
        send(server, files["1 MB"])  # warms up
    for _ in range(runs):
        for name, path in files.items():
            for server in random.sample(servers, len(servers)):
                taken.setdefault((server.name, name), []).append(send(server, path))
    return [
        {
            "server": server,
            "file": file,
            **asdict(
                Sent(
                    median(one.seconds for one in some),
                    median(one.cpu_s for one in some),
                    max(one.rose_mb for one in some),
                    some[-1].outcome,
                )
            ),
        }
        for (server, file), some in taken.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("environments", type=Path, help="folder with the rivals' environments")
    parser.add_argument("--rivals", default="ogx,aibrix,litellm")
    parser.add_argument("--port", type=int, default=4550)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="for programs")
    asked = parser.parse_args()
    stack = local_stack.last()
    if stack is None or not stack.running:
        raise SystemExit("no local stack is running: make up")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as open_servers:
        servers, port = [linegate(stack)], asked.port
        for name in filter(None, asked.rivals.split(",")):
            room = Path(folder) / name
            room.mkdir()
            start = {"ogx": ogx, "aibrix": aibrix, "litellm": litellm}[name]
            servers.append(
                open_servers.enter_context(start(asked.environments.resolve(), room, port))
            )
            port += 2
        idle = {one.name: Processes(one.pid, one.remembers).memory_mb() for one in servers}
        rows = measure(servers, make_files(Path(folder)), asked.runs)
    started = {one.name: one.started_s for one in servers}
    if asked.json:
        json.dump({"started_s": started, "idle_mb": idle, "rows": rows}, sys.stdout, indent=1)
        return
    for name, memory in idle.items():
        print(f"{name}: started in {started[name]:.1f} s, {memory:.0f} MB idle")
    print("| file | server | usable after (s) | server's CPU (s) | memory rose (MB) | outcome |")
    print("|---|---|---:|---:|---:|---|")
    for row in rows:
        print(
            f"| {row['file']} | {row['server']} | {row['seconds']:.2f} | {row['cpu_s']:.2f} "
            f"| {row['rose_mb']:.0f} | {row['outcome']} |"
        )


if __name__ == "__main__":
    main()
