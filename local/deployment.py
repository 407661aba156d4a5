"""Deploying the stack into the emulator with the CDK command line, only when something changed."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from infra.shared_code import SHARED
from local import emulator, emulator_state, model_endpoint
from local.errors import LocalError
from local.layout import CDK, CLOUD_ASSEMBLY, DEPLOY_LOG, ROOT, RUN, SCRIPTS, shown

STACK_NAME = "Linegate"
INPUTS = (
    "app.py",
    "cdk.json",
    "requirements.txt",
    "package-lock.json",
    "client/node",
    "console",
    "infra",
    "lambdas",
    *(f"client/src/linegate/{name}" for name in SHARED),
)
OUTPUTS = RUN / "outputs.json"

OWN_MESSAGE = "linegate: "
"""How app.py begins the one line that says why it gave up."""


Settings = Mapping[str, str]
"""What a person changed of the stack, by the names in docs/settings.md."""

UNCHANGED: Settings = {}


def fingerprint(port: int, settings: Settings = UNCHANGED) -> str:
    """Changes with anything that the deployed stack is made from."""
    digest = hashlib.sha256()
    changed = json.dumps(settings, sort_keys=True)
    for part in (sys.version, platform.platform(), str(port), changed):
        digest.update(part.encode() + b"\0")
    for path in _inputs():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _inputs() -> Iterator[Path]:
    for name in INPUTS:
        path = ROOT / name
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        yield from (file for file in files if "__pycache__" not in file.parts)


def current_outputs(port: int, settings: Settings = UNCHANGED) -> dict[str, str] | None:
    """The outputs of the stack in the emulator, if it was made from the files as they are."""
    deployed = emulator_state.read_deployed(port)
    if deployed and deployed["fingerprint"] == fingerprint(port, settings):
        return dict(deployed["outputs"])
    return None


def synthesize(port: int, settings: Settings = UNCHANGED) -> None:
    """Build the stack's template and the functions' bundle, for the emulator. Raises LocalError."""
    DEPLOY_LOG.write_bytes(b"")
    context = {
        **model_endpoint.settings(port, settings),
        **settings,
        "target": "local",
        "local_endpoint": emulator.endpoint_url(port),
    }
    arguments = [word for name in context for word in ("--context", f"{name}={context[name]}")]
    _cdk(["synth", "--quiet", "--output", str(CLOUD_ASSEMBLY), *arguments], port, ROOT)


def deploy(port: int, settings: Settings = UNCHANGED) -> dict[str, str]:
    """Deploy what was synthesized; the stack's outputs. Raises LocalError."""
    before = fingerprint(port, settings)
    first = emulator_state.read_deployed(port) is None
    emulator_state.mark_deployed(port, None)
    if first:
        _cdk(["bootstrap", f"aws://{emulator.ACCOUNT}/{emulator.REGION}"], port, RUN)
    target = ("--app", str(CLOUD_ASSEMBLY), "--all", "--outputs-file", str(OUTPUTS))
    _cdk(["deploy", *target, "--require-approval", "never", "--method", "direct"], port, RUN)
    outputs: dict[str, str] = json.loads(OUTPUTS.read_text())[STACK_NAME]
    emulator_state.mark_deployed(port, {"fingerprint": before, "outputs": outputs})
    return outputs


def _cdk(arguments: Sequence[str], port: int, folder: Path) -> None:
    """Run the CDK command line against the emulator, its output going to the log."""
    environment = emulator.redirect_environment(os.environ, port) | {
        "PATH": f"{SCRIPTS}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "CDK_DEFAULT_ACCOUNT": emulator.ACCOUNT,
        "CDK_DEFAULT_REGION": emulator.REGION,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }
    with DEPLOY_LOG.open("ab") as log:
        status = subprocess.run(
            [str(CDK), *arguments, "--no-color", "--no-notices"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        ).returncode
    if status:
        lines = DEPLOY_LOG.read_text(errors="replace").splitlines()
        reasons = [line for line in lines if line.startswith(OWN_MESSAGE)]
        if reasons:
            raise LocalError(reasons[-1].removeprefix(OWN_MESSAGE))
        raise LocalError(f"cdk {arguments[0]} failed: the end of {shown(DEPLOY_LOG)} says why")
