"""The table of the deployer's parameters, in Markdown, as the README has it.

python -m infra.parameter_table             prints it
python -m infra.parameter_table README.md   writes it between the file's two markers
"""

import sys
from pathlib import Path

from infra.config import LOCAL_DEFAULTS, limit_defaults, parameters

BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"

LIMIT_MEANINGS = {
    "file_bytes": "largest file",
    "direct_bytes": "largest file or part that a request to the API itself can carry",
    "retention_s": "how long files are kept that name no expiry, in seconds",
    "upload_lifetime_s": "how long an upload in parts may take, in seconds",
    "url_lifetime_s": "how long part URLs and download links are valid, in seconds",
    "account_files": "most files of one account, pending uploads included",
    "account_bytes": "most bytes of one account, pending uploads included",
    "account_pending_uploads": "most uploads of one account at once",
    "purposes": "what files may be for",
    "line_bytes": "longest line of a file",
    "requests": "most requests in a file",
    "request_urls": "what a request's `url` may be",
    "one_model_per_file": "whether all requests of a file must name the same model",
    "kept_errors": "most errors that a report lists; all are counted",
    "depth": "deepest nesting of a request",
}
"""A limit without its row here has no place in the table, and a test fails."""


def table() -> str:
    """Every parameter and limit, its default, its meaning: one row each."""
    rows = ["| parameter | default | meaning |", "| --- | --- | --- |"]
    for parameter in parameters():
        default = _shown(parameter.default)
        if parameter.name in LOCAL_DEFAULTS:
            default += f" (local: {_shown(LOCAL_DEFAULTS[parameter.name])})"
        rows.append(f"| `{parameter.name}` | {default} | {parameter.metadata['meaning']} |")
    for name, limit in limit_defaults().items():
        rows.append(f"| `{name}` | {_shown(limit)} | {LIMIT_MEANINGS[name]} |")
    return "\n".join(rows) + "\n"


def with_table(text: str) -> str:
    """`text` with the table between its markers. Raises ValueError where it has none. Pure."""
    head, _, rest = text.partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        raise ValueError(f"there is no {BEGIN.strip()} … {END.strip()}")
    return f"{head}{BEGIN}\n{table()}\n{END}{tail}"


def _shown(value: object) -> str:
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`"
    return f"`{value}`"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        document = Path(sys.argv[1])
        document.write_text(with_table(document.read_text()))
    else:
        sys.stdout.write(table())
