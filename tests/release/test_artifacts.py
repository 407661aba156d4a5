"""The artifacts: the same bytes each time, complete, and usable where nothing else is."""

import json
import re
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from lambdas.domain.version import VERSION
from local.layout import ROOT, SCRIPTS
from release.archive import digest
from tests.contract.lines import batch
from tests.release.conftest import Release, run

UV = (sys.executable, "-m", "uv")
LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def test_two_builds_have_the_same_bytes(release: Release, again: Release) -> None:
    def sums(of: Release) -> dict[str, str]:
        return {path.name: digest(path) for path in of.folder.iterdir()}

    assert len(sums(release)) == 7
    assert sums(release) == sums(again)


def test_the_sums_are_those_of_all_files(release: Release) -> None:
    run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=release.folder)
    listed = (release.folder / "SHA256SUMS").read_text().split()[1::2]
    assert sorted([*listed, "SHA256SUMS"]) == sorted(p.name for p in release.folder.iterdir())


def test_the_sbom_lists_exactly_what_the_functions_zip_contains(release: Release) -> None:
    bom = json.loads(release.only("*.cdx.json").read_text())
    about = bom["metadata"]["component"]
    assert (bom["bomFormat"], about["name"], about["version"]) == ("CycloneDX", "linegate", VERSION)
    listed = {(part["name"].lower(), part["version"]) for part in bom["components"]}
    names = zipfile.ZipFile(release.functions).namelist()
    found = {name.split("/")[0] for name in names if ".dist-info/" in name}
    contained = {tuple(name.removesuffix(".dist-info").lower().split("-")) for name in found}
    assert {(name.replace("-", "_"), version) for name, version in listed} == contained
    assert all(part["externalReferences"] for part in bom["components"])  # with their hashes


def test_no_artifact_names_this_machine(release: Release) -> None:
    for path in release.folder.iterdir():
        assert str(ROOT).encode() not in path.read_bytes(), path.name
    with zipfile.ZipFile(release.functions) as functions:
        for name in functions.namelist():
            assert str(ROOT).encode() not in functions.read(name), name


@pytest.mark.parametrize("artifact", ["*.whl", "*.tar.gz"])
def test_the_client_runs_where_nothing_else_is_installed(
    release: Release, tmp_path: Path, artifact: str
) -> None:
    run(*UV, "venv", "-q", "--python", sys.executable, tmp_path / "venv")
    python = tmp_path / "venv" / "bin" / "python"
    versions = tmp_path / "versions.txt"
    pins = LOCKED.findall((ROOT / "requirements-dev.txt").read_text())
    versions.write_text("\n".join(f"{name}=={version}" for name, version in pins))
    built = release.only(artifact)
    wanted = f"linegate[relay] @ {built.as_uri()}"
    run(*UV, "pip", "install", "-q", "--python", python, "-c", versions, wanted)
    linegate = python.with_name("linegate")
    alone = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    requests = tmp_path / "requests.jsonl"
    requests.write_bytes(batch(3))
    checked = run(linegate, "check", requests.name, cwd=tmp_path, env=alone)
    assert checked.startswith("requests.jsonl: valid, 3 requests")
    drop_in = "import linegate, linegate.relay.serve; print(type(linegate.http_client()).__name__)"
    assert run(python, "-c", drop_in, cwd=tmp_path, env=alone).strip()
    assert run(linegate, "--version", cwd=tmp_path, env=alone) == f"linegate {VERSION}\n"


def test_the_wheel_has_the_licence(release: Release) -> None:
    license_file = f"linegate-{VERSION}.dist-info/licenses/LICENSE"
    with zipfile.ZipFile(release.only("*.whl")) as archive:
        assert archive.read(license_file) == (ROOT / "LICENSE").read_bytes()


def test_the_sdist_has_sources_and_licence_and_nothing_else(release: Release) -> None:
    with tarfile.open(release.only("*.tar.gz")) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    top = {name.split("/")[0] for name in names}
    assert top - {".gitignore"} == {
        "LICENSE",
        "NOTICE",
        "PKG-INFO",
        "README.md",
        "pyproject.toml",
        "src",
    }


def test_the_npm_package_installs_and_imports(release: Release, tmp_path: Path) -> None:
    path = {"PATH": f"{SCRIPTS}:/usr/bin:/bin", "HOME": str(tmp_path)}
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}')
    tarball = release.only("*.tgz")
    run("npm", "install", "--offline", "--no-audit", "--no-fund", tarball, cwd=tmp_path, env=path)
    code = 'import { linegateFetch } from "linegate"; console.log(typeof linegateFetch())'
    assert run("node", "--input-type=module", "-e", code, cwd=tmp_path, env=path) == "function\n"
    installed = json.loads((tmp_path / "node_modules/linegate/package.json").read_text())
    assert (installed["version"], installed["license"]) == (VERSION, "Apache-2.0")
    assert (tmp_path / "node_modules/linegate/LICENSE").exists()
