"""The package for Node as somebody else gets it: packed, and installed in an empty folder."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from local.layout import ROOT
from tests.contract.client.conftest import HERE, run

BIN = Path(sys.executable).parent
STALLED_S = 60
"""After this a part is given up: no timer of it may outlive its upload."""
PACKAGE = ROOT / "client" / "node"
CERTIFICATES = "NODE_EXTRA_CA_CERTS"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has the package and nothing of this repository."""
    folder = tmp_path_factory.mktemp("installed")
    packed = run(BIN / "npm", "pack", "--silent", "--pack-destination", folder, cwd=PACKAGE)
    (folder / "package.json").write_text('{"private": true}')
    quiet = ("--offline", "--no-audit", "--no-fund")
    run(BIN / "npm", "install", *quiet, folder / packed.strip(), cwd=folder)
    for script in ("upload.mjs", "required.cjs"):
        (folder / script).write_bytes((HERE / "node" / script).read_bytes())
    return folder


def environment(key: str) -> dict[str, str]:
    """Nothing of the caller's but the authorities to trust, where the service speaks TLS."""
    trusted = {name: os.environ[name] for name in (CERTIFICATES,) if name in os.environ}
    return trusted | {"PATH": f"{BIN}:/usr/bin:/bin", "LINEGATE_API_KEY": key}


def test_the_package_has_its_readme_and_no_tests(installed: Path) -> None:
    names = {path.name for path in (installed / "node_modules" / "linegate").iterdir()}
    assert {"README.md", "LICENSE", "NOTICE", "browser.mjs", "index.cjs", "index.d.mts"} <= names
    assert not [name for name in names if "test" in name]


def test_an_upload_pauses_within_a_part_and_resumes(
    base_url: str, api_key: str, large: Path, installed: Path
) -> None:
    command = (BIN / "node", installed / "upload.mjs", base_url, large)
    began_at = time.monotonic()
    found = json.loads(run(*command, cwd=installed, env=environment(api_key)))
    assert time.monotonic() - began_at < STALLED_S, "something keeps the program alive"
    size = large.stat().st_size
    assert found["reason"] == "AbortError"
    assert 0 < found["heldBytes"] < found["sent"] < size
    assert found["calls"] > 2
    assert found["last"]["sentBytes"] == found["last"]["totalBytes"] == size
    stored = found["stored"]
    assert (stored["status"], stored["filename"]) == ("processed", "größe.jsonl")
    assert stored["bytes"] == size


def test_a_commonjs_program_has_the_same(
    base_url: str, api_key: str, large: Path, installed: Path
) -> None:
    command = (BIN / "node", installed / "required.cjs", base_url, large)
    found = json.loads(run(*command, cwd=installed, env=environment(api_key)))
    assert found["stored"]["status"] == "processed"
    assert found["seen"] == found["stored"]
    assert found["typed"] == [400, 1]


@pytest.mark.parametrize(
    ("module", "resolution"),
    [("node16", "node16"), ("nodenext", "nodenext"), ("preserve", "bundler")],
)
def test_typescript_has_types_for_import_and_for_require(
    installed: Path, openai_node: Path, module: str, resolution: str
) -> None:
    modules = openai_node / "node_modules"
    if not (installed / "node_modules" / "openai").exists():
        (installed / "node_modules" / "openai").symlink_to(modules / "openai")
    for suffix in ("mts", "cts"):
        (installed / f"types.{suffix}").write_bytes((HERE / "node" / "types.ts").read_bytes())
    compiler = (BIN / "node", modules / "typescript" / "bin" / "tsc", "--noEmit", "--strict")
    kind = ("--module", module, "--moduleResolution", resolution)
    library = ("--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--skipLibCheck")
    checked = run(
        *("sh", "-c", '"$@" || true', "tsc"),
        *(*compiler, *kind, *library, "types.mts", "types.cts"),
        cwd=installed,
    )
    wrong = "is not assignable to type 'number'."
    errors = [line for line in checked.splitlines() if not line.startswith(" ")]
    assert len(errors) == 2, checked
    assert {line.split("(")[0] for line in errors} == {"types.mts", "types.cts"}
    assert all(line.endswith(wrong) for line in errors), checked
