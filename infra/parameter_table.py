"""Prints the table of the deployer's parameters, in Markdown: `python -m infra.parameter_table`."""

import sys

from infra.config import LOCAL_DEFAULTS, limit_defaults, parameters


def table() -> str:
    """Every parameter and limit, its default, its meaning: one row each."""
    rows = ["| parameter | default | meaning |", "| --- | --- | --- |"]
    for parameter in parameters():
        default = _shown(parameter.default)
        if parameter.name in LOCAL_DEFAULTS:
            default += f" (local: {_shown(LOCAL_DEFAULTS[parameter.name])})"
        rows.append(f"| `{parameter.name}` | {default} | {parameter.metadata['meaning']} |")
    for name, limit in limit_defaults().items():
        rows.append(f"| `{name}` | {_shown(limit)} | a limit (lambdas/domain/limits.py) |")
    return "\n".join(rows) + "\n"


def _shown(value: object) -> str:
    if value is None or value == ():
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return f"`{','.join(map(str, value))}`"
    return f"`{value}`"


if __name__ == "__main__":
    sys.stdout.write(table())
