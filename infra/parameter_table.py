"""The table of the deployer's parameters, in Markdown, for docs/settings.md.

python -m infra.parameter_table                    prints it
python -m infra.parameter_table docs/settings.md   writes it between the page's two markers
"""

import sys
from pathlib import Path

from infra.config import LOCAL_DEFAULTS, parameters
from lambdas.domain.limits import limit_fields

BEGIN, END = "<!-- settings: begin -->\n", "<!-- settings: end -->\n"


def table() -> str:
    """Every parameter and limit, its default, its meaning: one row each."""
    rows = ["| parameter | default | meaning |", "| --- | --- | --- |"]
    for parameter in parameters():
        default = _shown(parameter.default)
        if parameter.name in LOCAL_DEFAULTS:
            default += f" (local: {_shown(LOCAL_DEFAULTS[parameter.name])})"
        rows.append(f"| `{parameter.name}` | {default} | {parameter.metadata['meaning']} |")
    rows += [
        f"| `{limit.name}` | {_shown(limit.default)} | {limit.metadata['meaning']} |"
        for limit in limit_fields()
    ]
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
