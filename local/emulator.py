"""The emulator as a process: start it, know that it is up, end it with all its children."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from local import emulator_state, model_endpoint
from local.errors import LocalError
from local.layout import (
    ACCESS_LOG,
    EMULATOR_LOG,
    EMULATOR_PYTHON,
    RUN,
    SCRATCH,
    TLS_FOLDER,
    shown,
    state_folder,
)

REGION = "us-east-1"
ACCOUNT = "000000000000"
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 15
SERVER = Path(__file__).with_name("emulator_server.py")

_without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def endpoint_url(port: int) -> str:
    return f"{'https' if TLS_FOLDER else 'http'}://127.0.0.1:{port}"


def aws_environment(port: int) -> dict[str, str]:
    """What sends every AWS client to the emulator, whatever this machine is configured for."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url(port),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    } | trust()


def trust() -> dict[str, str]:
    """What makes Python, AWS clients, Node and curl trust the certificate; empty without TLS."""
    if TLS_FOLDER is None:
        return {}
    names = ("AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")
    return dict.fromkeys(names, str(TLS_FOLDER / "authority.pem"))


def redirect_environment(environment: Mapping[str, str], port: int) -> dict[str, str]:
    """The environment given, with the emulator as all there is of AWS."""
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    return kept | aws_environment(port)


def _emulator_environment(port: int) -> dict[str, str]:
    """The functions inherit all of this, so nothing of the caller's own settings goes in."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    own = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state_folder(port)),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state_folder(port) / "objects"),
        "TMPDIR": str(SCRATCH),
        "LOG_LEVEL": "WARNING",
        "AUTH": "true" if TLS_FOLDER else "false",
        "LINEGATE_TLS_FOLDER": str(TLS_FOLDER or ""),
        "LINEGATE_MODEL_PORT": str(model_endpoint.port_beside(port)),
        "LINEGATE_MODEL_KEY": model_endpoint.KEY,
    }
    return kept | aws_environment(port) | own


def start(port: int, *, attached: bool) -> int:
    """Start the emulator with the state of its last run; its process id, once it answers.

    Attached, it ends by itself when this process does. Raises LocalError.
    """
    for wanted in (port, model_endpoint.port_beside(port)):
        _require_free(wanted)
    emulator_state.prepare(port)
    shutil.rmtree(SCRATCH, ignore_errors=True)
    for folder in (RUN, SCRATCH):
        folder.mkdir(exist_ok=True)
    ACCESS_LOG.write_bytes(b"")
    command = [str(EMULATOR_PYTHON), str(SERVER), str(port), str(ACCESS_LOG)]
    with EMULATOR_LOG.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--attached"] if attached else command,
            env=_emulator_environment(port),
            stdin=subprocess.PIPE if attached else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # so that Ctrl-C reaches only us, who end it in order
        )
    _attached.append(process)
    _wait_until_up(process, port)
    return process.pid


_attached: "list[subprocess.Popen[bytes]]" = []
"""Keeps the pipe open that an attached emulator watches."""


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise LocalError(
                f"port {port} needs administrator's rights: use 1024 to 65535"
            ) from error
        except OSError as error:
            raise LocalError(
                f"port {port} is in use: end what uses it, or choose another with PORT={port + 1}"
            ) from error


def _wait_until_up(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        if is_up(port):
            return
        time.sleep(0.05)
    _end_group(process.pid)
    raise LocalError(f"the emulator did not start: {shown(EMULATOR_LOG)} says why")


def is_up(port: int) -> bool:
    """Whether an emulator (any, not only ours) answers at the port."""
    try:
        with _without_proxy.open(f"{endpoint_url(port)}/_ministack/ready", timeout=2) as answer:
            return "iot_mtls" in json.load(answer)
    except (OSError, ValueError):
        return False


def stop(pid: int, port: int) -> None:
    """End the emulator in order, so that its state is saved, and the functions with it."""
    if not is_ours(pid):
        return
    _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if not _is_alive(pid):
        emulator_state.mark_saved(port)
    kill(pid)


def kill(pid: int) -> None:
    """End the emulator and its functions at once; its state is lost."""
    _end_group(pid)
    shutil.rmtree(SCRATCH, ignore_errors=True)


def is_ours(pid: int) -> bool:
    """Whether the process is an emulator started here: ids are used again after a restart."""
    command = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)],  # noqa: S607  # at /bin or /usr/bin by system
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return str(SERVER) in command and "<defunct>" not in command


def _is_alive(pid: int) -> bool:
    """Whether the process runs. One that is our own child and has ended is reaped on the way."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return _signal(pid, 0)


def _signal(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _end_group(pid: int) -> None:
    """The functions are children of the emulator, in the group that it leads."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
