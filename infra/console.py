"""The console's files, from console/ and the JavaScript client: bundled, named, compressed.

    console/app.mjs, check_worker.mjs, style.css ── esbuild ──> <name>-<digest>.gz
    console/index.html ── the names of the others in it    ──> index.html.gz

Few files and not one for each module: every request of a browser is a call of the function, and a
new AWS account has ten at a time. The same sources give the same bytes.
"""

import functools
import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.bundling_error import BundlingError

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "console"
CLIENT = ROOT / "client" / "node"
ESBUILD = ROOT / "node_modules" / ".bin" / "esbuild"
SHAPE = ("--bundle", "--minify", "--target=es2022", "--charset=utf8", "--legal-comments=none")

FOLDER = "page"
"""Its place in the functions' bundle, where lambdas/handlers/console.py finds it."""


def build_page(target: Path) -> None:
    """Fill `target`, which must not exist. Raises BundlingError."""
    target.mkdir()
    for name, content in page_files().items():
        (target / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))


def page_files() -> dict[str, bytes]:
    """Every file by its name. Raises BundlingError."""
    icon, style = (SOURCES / "icon.svg").read_bytes(), _bundle("style.css")
    worker = _bundle("check_worker.mjs", "--format=iife")
    named = _with_digest("check_worker.js", worker)
    app = _bundle("app.mjs", "--format=esm", f"--define:CHECK_WORKER={json.dumps(named)}")
    files = {named: worker}
    page = (SOURCES / "index.html").read_text()
    for name, content in (("app.js", app), ("style.css", style), ("icon.svg", icon)):
        named = _with_digest(name, content)
        files[named] = content
        page = page.replace(f'"{name}"', f'"console/{named}"')
    return {"index.html": page.encode(), **files}


def _with_digest(name: str, content: bytes) -> str:
    """`app.js` with the digest that lets a browser keep it for good. Pure."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"


def _bundle(entry: str, *options: str) -> bytes:
    with tempfile.TemporaryDirectory() as room:
        out = Path(room) / "out"
        command = [str(ESBUILD), entry, *SHAPE, *options, f"--outfile={out}", "--log-level=warning"]
        try:
            done = subprocess.run(  # noqa: S603  # every word of the command is ours
                command,
                cwd=SOURCES,
                env=_environment(),
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise BundlingError("esbuild is missing: run make setup") from error
        if done.returncode:
            raise BundlingError(f"the console does not build: {' '.join(done.stderr.split())}")
        return out.read_bytes()


@functools.cache
def _environment() -> dict[str, str]:
    """With the Node of the environment in use, which is no other than make's."""
    scripts = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
