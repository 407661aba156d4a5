"""Libraries from PyPI that speak the Batch API, unmodified, each by a script of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.client.conftest import RUN, once, run

HERE = Path(__file__).parent / "batch_libraries"
SCRIPTS = sorted(path.name for path in HERE.glob("use_*.py"))


@pytest.fixture(scope="session")
def libraries() -> Path:
    """A Python that has them; they need an older generation of the openai client than ours."""
    folder, lock = RUN / "batch-libraries", HERE / "requirements.txt"
    python, uv = folder / "bin" / "python", (sys.executable, "-m", "uv")

    def install() -> None:
        run(*uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder)
        run(*uv, "pip", "sync", "--quiet", "--require-hashes", "--python", python, lock)

    once(folder, lock, install)
    return python


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_library_gets_every_answer(
    libraries: Path, script: str, base_url: str, api_key: str, tmp_path: Path
) -> None:
    kept = {name: value for name, value in os.environ.items() if "OPENAI" not in name}
    ran = subprocess.run(
        [str(libraries), str(HERE / script)],
        cwd=tmp_path,
        env=kept | {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": api_key, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = json.loads(ran.stdout.splitlines()[-1])
    assert said == [f"You said: Hello {number}" for number in range(5)]
