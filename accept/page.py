"""The rows as documentation: python -m accept.page docs/acceptance.md writes them there."""

import sys
from itertools import groupby
from pathlib import Path

from accept.promises import GROUPS, Promise, promises

BEGIN, END = "<!-- promises: begin (make docs writes it) -->\n", "<!-- promises: end -->\n"


def rows() -> str:
    """Every promise by subject, and what it cannot be shown without. Pure."""
    lines = ["| promise | row | what it needs |", "|---|---|---|"]
    for group, found in groupby(promises(), key=lambda row: row.group):
        lines.append(f"| **{GROUPS[group]}** | `{group}` | |")
        lines += [f"| {row.text} | `{row.name}` | {_needs(row)} |" for row in found]
    return "\n".join(lines) + "\n"


def with_rows(text: str) -> str:
    """`text` with the rows between its markers. Raises ValueError where it has none. Pure."""
    head, _, rest = text.partition(BEGIN)
    _, found, tail = rest.partition(END)
    if not found:
        raise ValueError(f"there is no {BEGIN.strip()} … {END.strip()}")
    return f"{head}{BEGIN}\n{rows()}\n{END}{tail}"


def _needs(row: Promise) -> str:
    return "; ".join(need.value for need in sorted(row.needs, key=lambda need: need.name))


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(with_rows(document.read_text()))
