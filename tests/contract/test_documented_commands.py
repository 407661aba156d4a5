"""Every bash and Python block of the pages for users, run against the local stack.

A page's blocks run in order, in one folder, and variables live on from one to the next: a Python
block runs behind the Python blocks before it, as in one session of a reader's. What the
reader has from `make start` is set: LINEGATE_BASE_URL, LINEGATE_API_KEY; the default address in a
block becomes the stack's. An HTTP error ends a block, as `curl --fail-with-body` does.

A block that this machine cannot run says so on the line before it, with the reason:

    <!-- not run: it deploys to AWS -->

Its syntax is checked all the same, and the test's name carries the reason.
"""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.layout import DEFAULT_PORT, ROOT
from local.stack import Stack

PAGES = ("README.md", "docs/getting-started.md")
DEFAULT_URL = f"http://127.0.0.1:{DEFAULT_PORT}/v1"
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>.+) -->\n+)?"
    r"(?P<indent> *)```(?P<language>bash|python)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
TIMEOUT_S = 120

STRICT_CURL = 'curl() { command curl --no-progress-meter --fail-with-body "$@"; }\n'
REMEMBERED = "variables.sh"


@dataclass(frozen=True)
class Block:
    line: int
    language: str
    text: str
    reason: str | None
    """Why it is not run; None when it is."""

    @property
    def name(self) -> str:
        return f"line {self.line}" + (f", not run: {self.reason}" if self.reason else "")


def blocks_of(text: str) -> list[Block]:
    """The blocks of a Markdown text, each with the number of its first line."""
    return [
        Block(
            line=text.count("\n", 0, match.start("text")) + 1,
            language=match["language"],
            text=re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE),
            reason=match["reason"],
        )
        for match in BLOCK.finditer(text)
    ]


BLOCKS = [(page, block) for page in PAGES for block in blocks_of((ROOT / page).read_text())]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {page: tmp_path_factory.mktemp(Path(page).stem) for page in PAGES}


@pytest.mark.parametrize(
    ("page", "block"), BLOCKS, ids=[f"{page} {block.name}" for page, block in BLOCKS]
)
def test_block_works(
    page: str, block: Block, folders: dict[str, Path], request: pytest.FixtureRequest
) -> None:
    if block.reason:
        check_syntax(block)
        return
    stack: Stack = request.getfixturevalue("stack")
    ran = run(block, folders[page], stack)
    assert ran.returncode == 0, f"{block.text}\n{ran.stdout}\n{ran.stderr}"


def test_every_page_has_blocks_that_are_run() -> None:
    assert {page for page, block in BLOCKS if not block.reason} == set(PAGES)


def check_syntax(block: Block) -> None:
    """Raises when the block could not even be parsed."""
    if block.language == "python":
        compile(block.text, block.name, "exec")
    else:
        subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)


def run(block: Block, folder: Path, stack: Stack) -> "subprocess.CompletedProcess[str]":
    text = block.text.replace(DEFAULT_URL, stack.base_url)
    (folder / REMEMBERED).touch()
    if block.language == "python":
        session = folder / "session.py"
        earlier = session.read_text() if session.exists() else ""
        session.write_text(earlier + text)
        text = "python session.py"
    script = f"set -a; . ./{REMEMBERED}; {STRICT_CURL}{text}\nexport -p > {REMEMBERED}\n"
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "LINEGATE_BASE_URL": stack.base_url,
        "LINEGATE_API_KEY": stack.api_key,
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_a_block_is_found_with_its_line_its_reason_and_without_its_indent() -> None:
    text = (
        "# Title\n\n```bash\necho 1\n```\n\n<!-- not run: no AWS -->\n  ```python\n  x = 1\n  ```\n"
    )
    assert blocks_of(text) == [
        Block(4, "bash", "echo 1\n", None),
        Block(9, "python", "x = 1\n", "no AWS"),
    ]


def test_a_reason_belongs_only_to_the_block_right_after_it() -> None:
    text = "<!-- not run: no AWS -->\n\nText.\n\n```bash\necho 1\n```\n"
    assert [block.reason for block in blocks_of(text)] == [None]
