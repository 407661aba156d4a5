"""docs/terminal.svg: a session with the command line, recorded against the local stack.

python -m docgen.terminal_picture    runs the commands and writes the picture; needs make up

The commands are run for real; only the file ids and times differ from one recording to the next.
"""

import io
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from local import stack as local_stack

TARGET = Path(__file__).resolve().parents[1] / "docs" / "terminal.svg"
COLUMNS = 118
REQUESTS = 20_000
MISTAKES = {
    5_113: {"custom_id": "row-3"},
    17_002: {"method": "GET"},
}
"""What is wrong in the first file, by line."""

COMMANDS = (
    "linegate check draft.jsonl",
    "linegate upload requests.jsonl",
    "linegate show {file_id}",
    "linegate get {file_id} -o copy.jsonl",
)

STYLES = {
    r"\d+ errors": "bold red",
    r"processed|verified": "green",
    r"duplicate_custom_id|invalid_value": "yellow",
}
"""Colours of what the commands print: they print none unless they write to a terminal."""

FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
FILE_ID = re.compile(r"file-[0-9A-Z]{26}")


def requests(*, with_mistakes: bool) -> str:
    """The text of a JSONL file. Pure."""
    prompt = "Classify the sentiment of this review: " + "The room was quiet and clean. " * 18
    lines = []
    for number in range(1, REQUESTS + 1):
        request: dict[str, object] = {
            "custom_id": f"row-{number}",
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "llama-3.3-70b", "messages": [{"role": "user", "content": prompt}]},
        }
        request |= MISTAKES.get(number, {}) if with_mistakes else {}
        lines.append(json.dumps(request))
    return "\n".join(lines) + "\n"


def record(folder: Path) -> str:
    """Run the commands in `folder`; the picture of what they print."""
    stack = local_stack.last()
    if stack is None or not stack.running:
        raise SystemExit("linegate: nothing is running to record: run make up")
    (folder / "draft.jsonl").write_text(requests(with_mistakes=True))
    (folder / "requests.jsonl").write_text(requests(with_mistakes=False))
    environment = os.environ | {
        "LINEGATE_BASE_URL": stack.base_url,
        "LINEGATE_API_KEY": stack.api_key,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": str(COLUMNS),
    }
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    file_id = ""
    for command in COMMANDS:
        line = command.format(file_id=file_id)
        ran = subprocess.run(
            shlex.split(line),
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        console.print(Text.assemble(("$ ", "bold green"), (line, "bold")))
        printed = Text(ran.stdout.rstrip() + "\n")
        for pattern, style in STYLES.items():
            printed.highlight_regex(pattern, style)
        console.print(printed, highlight=False)
        found = FILE_ID.search(ran.stdout)
        file_id = found[0] if found else file_id
    svg = console.export_svg(title="linegate", unique_id="linegate")
    return FONT.sub("", svg)  # A picture must not load anything from elsewhere.


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        TARGET.write_text(record(Path(name)))
